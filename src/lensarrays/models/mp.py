"""Mass profiles, by the names that users know them by: `la.mp.PowerLaw`."""

from .mass.cnfw_mcr import cNFWMCRLudlowSph
from .mass.cnfw_sph import cNFWSph
from .mass.external_shear import ExternalShear
from .mass.isothermal import Isothermal
from .mass.mass_sheet import MassSheet
from .mass.nfw import NFW
from .mass.nfw_sph import NFWSph
from .mass.nfw_truncated import NFWTruncatedSph
from .mass.nfw_truncated_core import NFWTruncatedCoreSph
from .mass.nfw_truncated_mcr import NFWTruncatedMCRLudlowSph
from .mass.point_mass import PointMass
from .mass.power_law import PowerLaw
from .mass.power_law_broken import PowerLawBroken
from .mass.power_law_multipole import PowerLawMultipole

__all__ = [
    "NFW",
    "ExternalShear",
    "Isothermal",
    "MassSheet",
    "NFWSph",
    "NFWTruncatedCoreSph",
    "NFWTruncatedMCRLudlowSph",
    "NFWTruncatedSph",
    "PointMass",
    "PowerLaw",
    "PowerLawBroken",
    "PowerLawMultipole",
    "cNFWMCRLudlowSph",
    "cNFWSph",
]
