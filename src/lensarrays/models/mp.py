"""Mass profiles, by the names that users know them by: `la.mp.PowerLaw`."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .mass.cnfw_mcr import cNFWMCRLudlowSph as cNFWMCRLudlowSph
    from .mass.cnfw_sph import cNFWSph as cNFWSph
    from .mass.external_shear import ExternalShear as ExternalShear
    from .mass.isothermal import Isothermal as Isothermal
    from .mass.mass_sheet import MassSheet as MassSheet
    from .mass.nfw import NFW as NFW
    from .mass.nfw_sph import NFWSph as NFWSph
    from .mass.nfw_truncated import NFWTruncatedSph as NFWTruncatedSph
    from .mass.nfw_truncated_core import NFWTruncatedCoreSph as NFWTruncatedCoreSph
    from .mass.nfw_truncated_mcr import NFWTruncatedMCRLudlowSph as NFWTruncatedMCRLudlowSph
    from .mass.point_mass import PointMass as PointMass
    from .mass.power_law import PowerLaw as PowerLaw
    from .mass.power_law_broken import PowerLawBroken as PowerLawBroken
    from .mass.power_law_multipole import PowerLawMultipole as PowerLawMultipole

# Each is loaded when it is first asked for: all of them would double what the import takes.
_MODULES = {
    "cNFWMCRLudlowSph": "cnfw_mcr",
    "cNFWSph": "cnfw_sph",
    "ExternalShear": "external_shear",
    "Isothermal": "isothermal",
    "MassSheet": "mass_sheet",
    "NFW": "nfw",
    "NFWSph": "nfw_sph",
    "NFWTruncatedSph": "nfw_truncated",
    "NFWTruncatedCoreSph": "nfw_truncated_core",
    "NFWTruncatedMCRLudlowSph": "nfw_truncated_mcr",
    "PointMass": "point_mass",
    "PowerLaw": "power_law",
    "PowerLawBroken": "power_law_broken",
    "PowerLawMultipole": "power_law_multipole",
}
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


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    value = globals()[name] = getattr(importlib.import_module(f".mass.{_MODULES[name]}", __package__), name)
    return value


def __dir__() -> list[str]:
    return __all__
