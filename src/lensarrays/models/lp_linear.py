"""Light profiles whose intensity a fit solves for, by the names that users know them by: `la.lp_linear.Gaussian`."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .light_linear.dev_vaucouleurs import DevVaucouleurs as DevVaucouleurs
    from .light_linear.exponential import Exponential as Exponential
    from .light_linear.gaussian import Gaussian as Gaussian
    from .light_linear.sersic import Sersic as Sersic
    from .light_linear.sersic_core import SersicCore as SersicCore

# Each is loaded when it is first asked for, as those of `lp` are.
_MODULES = {
    "DevVaucouleurs": "dev_vaucouleurs",
    "Exponential": "exponential",
    "Gaussian": "gaussian",
    "Sersic": "sersic",
    "SersicCore": "sersic_core",
}
__all__ = ["DevVaucouleurs", "Exponential", "Gaussian", "Sersic", "SersicCore"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    value = globals()[name] = getattr(importlib.import_module(f".light_linear.{_MODULES[name]}", __package__), name)
    return value


def __dir__() -> list[str]:
    return __all__
