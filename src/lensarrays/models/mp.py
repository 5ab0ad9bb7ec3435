"""Mass profiles, by the names that users know them by: `la.mp.PowerLaw`."""

from .mass.external_shear import ExternalShear
from .mass.isothermal import Isothermal
from .mass.nfw_truncated import NFWTruncatedSph
from .mass.power_law import PowerLaw

__all__ = ["ExternalShear", "Isothermal", "NFWTruncatedSph", "PowerLaw"]
