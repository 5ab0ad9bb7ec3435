"""Regularisations, by the names that users know them by: `la.reg.Constant`."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .adapt import Adapt as Adapt
    from .adapt_power import AdaptPower as AdaptPower
    from .adapt_split import AdaptSplit as AdaptSplit
    from .adapt_split_power import AdaptSplitPower as AdaptSplitPower
    from .adapt_split_zeroth import AdaptSplitZeroth as AdaptSplitZeroth
    from .adapt_split_zeroth_power import AdaptSplitZerothPower as AdaptSplitZerothPower
    from .brightness_zeroth import BrightnessZeroth as BrightnessZeroth
    from .constant import Constant as Constant
    from .constant_split import ConstantSplit as ConstantSplit
    from .constant_zeroth import ConstantZeroth as ConstantZeroth
    from .exponential_kernel import ExponentialKernel as ExponentialKernel
    from .gaussian_kernel import GaussianKernel as GaussianKernel
    from .matern_kernel import MaternKernel as MaternKernel
    from .zeroth import Zeroth as Zeroth

# Each is loaded when it is first asked for.
_MODULES = {
    "Adapt": "adapt",
    "AdaptPower": "adapt_power",
    "AdaptSplit": "adapt_split",
    "AdaptSplitPower": "adapt_split_power",
    "AdaptSplitZeroth": "adapt_split_zeroth",
    "AdaptSplitZerothPower": "adapt_split_zeroth_power",
    "BrightnessZeroth": "brightness_zeroth",
    "Constant": "constant",
    "ConstantSplit": "constant_split",
    "ConstantZeroth": "constant_zeroth",
    "ExponentialKernel": "exponential_kernel",
    "GaussianKernel": "gaussian_kernel",
    "MaternKernel": "matern_kernel",
    "Zeroth": "zeroth",
}
__all__ = [
    "Adapt",
    "AdaptPower",
    "AdaptSplit",
    "AdaptSplitPower",
    "AdaptSplitZeroth",
    "AdaptSplitZerothPower",
    "BrightnessZeroth",
    "Constant",
    "ConstantSplit",
    "ConstantZeroth",
    "ExponentialKernel",
    "GaussianKernel",
    "MaternKernel",
    "Zeroth",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    value = globals()[name] = getattr(importlib.import_module(f".{_MODULES[name]}", __package__), name)
    return value


def __dir__() -> list[str]:
    return __all__
