"""What the sky is: cosmology, light and mass profiles, haloes by the thousand, galaxies, and the tracer through them."""

import lazy_loader

from . import haloes as haloes
from . import lens_calc as lens_calc
from . import lp as lp
from . import mp as mp
from .cosmology import FlatLambdaCDM as FlatLambdaCDM
from .cosmology import Planck15 as Planck15
from .galaxy import Galaxy as Galaxy
from .halo_mass import HaloScales as HaloScales
from .halo_mass import MassAndConcentration as MassAndConcentration
from .halo_mass import cnfw_scales_from as cnfw_scales_from
from .halo_mass import mass_and_concentration_from as mass_and_concentration_from
from .halo_mass import nfw_scales_from as nfw_scales_from
from .halo_mass_function import halo_mass_function_from as halo_mass_function_from
from .halo_population import HaloPopulation as HaloPopulation
from .halo_truncation import truncated_mass_ratio_from as truncated_mass_ratio_from
from .halo_truncation import truncation_ratio_from as truncation_ratio_from
from .mass_concentration import concentration_ludlow16_from as concentration_ludlow16_from
from .matter_fluctuations import growth_factor_from as growth_factor_from
from .matter_fluctuations import sigma_from as sigma_from
from .tracer import Tracer as Tracer

# Modules that are loaded when they are first asked for.
__getattr__, _, _ = lazy_loader.attach(__name__, submodules=["lp_basis", "lp_linear"])
