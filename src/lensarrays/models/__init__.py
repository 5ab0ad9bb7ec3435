"""What the sky is: cosmology, light and mass profiles, galaxies, and the tracer through them."""

from . import haloes as haloes
from . import lens_calc as lens_calc
from . import lp as lp
from . import mp as mp
from .cosmology import FlatLambdaCDM as FlatLambdaCDM
from .cosmology import Planck15 as Planck15
from .galaxy import Galaxy as Galaxy
from .halo_population import HaloPopulation as HaloPopulation
from .tracer import Tracer as Tracer
