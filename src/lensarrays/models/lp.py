"""Light profiles, by the names that users know them by: `la.lp.Sersic`."""

from .light.dev_vaucouleurs import DevVaucouleurs
from .light.exponential import Exponential
from .light.gaussian import Gaussian
from .light.sersic import Sersic
from .light.sersic_core import SersicCore

__all__ = ["DevVaucouleurs", "Exponential", "Gaussian", "Sersic", "SersicCore"]
