"""Immutable structures for strong lensing on NumPy and JAX, and the simulator that stands on them."""

from . import plot as plot
from .campaign import Batch as Batch
from .campaign import simulate_in_batches as simulate_in_batches
from .imaging import Imaging as Imaging
from .imaging import SimulatorImaging as SimulatorImaging
from .models import FlatLambdaCDM as FlatLambdaCDM
from .models import Galaxy as Galaxy
from .models import HaloPopulation as HaloPopulation
from .models import Planck15 as Planck15
from .models import Tracer as Tracer
from .models import haloes as haloes
from .models import lens_calc as lens_calc
from .models import lp as lp
from .models import mp as mp
from .ops import FFT as FFT
from .ops import Direct as Direct
from .ops import ExactPoisson as ExactPoisson
from .ops import FastPoisson as FastPoisson
from .ops import Separable as Separable
from .ops import binned_array_2d_from as binned_array_2d_from
from .ops import convolve as convolve
from .ops import convolve_mapping_matrix as convolve_mapping_matrix
from .ops import convolve_over_sampled as convolve_over_sampled
from .ops import gaussian_noise as gaussian_noise
from .ops import noise_map_from as noise_map_from
from .ops import over_sample_size_via_light_from as over_sample_size_via_light_from
from .ops import over_sample_size_via_radial_bins_from as over_sample_size_via_radial_bins_from
from .ops import poisson_noise as poisson_noise
from .ops import sample_key as sample_key
from .structures import Array2D as Array2D
from .structures import ArrayIrregular as ArrayIrregular
from .structures import Geometry2D as Geometry2D
from .structures import Grid2D as Grid2D
from .structures import Grid2DIrregular as Grid2DIrregular
from .structures import Kernel2D as Kernel2D
from .structures import Mask2D as Mask2D
from .structures import StaticArray as StaticArray
from .structures import VectorYX2D as VectorYX2D
from .structures import VectorYX2DIrregular as VectorYX2DIrregular
from .structures import Visibilities as Visibilities

__version__ = "0.1.0"
