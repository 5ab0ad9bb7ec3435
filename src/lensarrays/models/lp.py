"""Light profiles, by the names that users know them by: `la.lp.Sersic`."""

from .light.sersic import Sersic
from .light.sersic_core import SersicCore

__all__ = ["Sersic", "SersicCore"]
