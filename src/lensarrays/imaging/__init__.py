"""CCD data: what a camera delivers, how to simulate it, and how to fit a model to it."""

from typing import TYPE_CHECKING, Any

from .dataset import Imaging as Imaging
from .simulator import SimulatorImaging as SimulatorImaging

if TYPE_CHECKING:
    from .fit import FitImaging as FitImaging


def __getattr__(name: str) -> Any:
    if name != "FitImaging":  # loaded when it is first asked for, as in the package
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .fit import FitImaging

    return FitImaging
