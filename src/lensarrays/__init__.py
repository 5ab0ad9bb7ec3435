"""Immutable structures for strong lensing on NumPy and JAX, and the simulator that stands on them."""

import importlib
from typing import TYPE_CHECKING, Any

from .imaging import Imaging as Imaging
from .imaging import SimulatorImaging as SimulatorImaging
from .models import FlatLambdaCDM as FlatLambdaCDM
from .models import Galaxy as Galaxy
from .models import HaloPopulation as HaloPopulation
from .models import HaloScales as HaloScales
from .models import MassAndConcentration as MassAndConcentration
from .models import Planck15 as Planck15
from .models import Tracer as Tracer
from .models import cnfw_scales_from as cnfw_scales_from
from .models import concentration_ludlow16_from as concentration_ludlow16_from
from .models import growth_factor_from as growth_factor_from
from .models import halo_mass_function_from as halo_mass_function_from
from .models import haloes as haloes
from .models import lens_calc as lens_calc
from .models import lp as lp
from .models import mass_and_concentration_from as mass_and_concentration_from
from .models import mp as mp
from .models import nfw_scales_from as nfw_scales_from
from .models import sigma_from as sigma_from
from .models import truncated_mass_ratio_from as truncated_mass_ratio_from
from .models import truncation_ratio_from as truncation_ratio_from
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

if TYPE_CHECKING:
    from . import plot as plot
    from .campaign import Batch as Batch
    from .campaign import simulate_in_batches as simulate_in_batches
    from .imaging.fit import FitImaging as FitImaging
    from .models import lp_basis as lp_basis
    from .models import lp_linear as lp_linear
    from .models.lens_planes import galaxies_on_planes_from as galaxies_on_planes_from
    from .models.los_sampler import LOSSampler as LOSSampler
    from .models.pixelization import Pixelization as Pixelization
    from .models.subhalo_sampler import SubhaloSampler as SubhaloSampler
    from .ops import image_mesh as image_mesh
    from .ops import inversion as inversion
    from .ops import mesh as mesh
    from .ops import reg as reg
    from .ops.mapper import Mapper as Mapper

# What is loaded when it is first asked for: it would make the import a sixth longer, and most programs do without it.
_LATE = {
    "LOSSampler": ".models.los_sampler",
    "SubhaloSampler": ".models.subhalo_sampler",
    "galaxies_on_planes_from": ".models.lens_planes",
    "Batch": ".campaign",
    "simulate_in_batches": ".campaign",
    "FitImaging": ".imaging.fit",
    "Pixelization": ".models.pixelization",
    "Mapper": ".ops.mapper",
}
_LATE_MODULES = {
    "image_mesh": ".ops.image_mesh",
    "inversion": ".ops.inversion",
    "lp_basis": ".models.lp_basis",
    "lp_linear": ".models.lp_linear",
    "mesh": ".ops.mesh",
    "plot": ".plot",
    "reg": ".ops.reg",
}


def __getattr__(name: str) -> Any:
    if name in _LATE_MODULES:
        value = importlib.import_module(_LATE_MODULES[name], __name__)
    elif name in _LATE:
        value = getattr(importlib.import_module(_LATE[name], __name__), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATE, *_LATE_MODULES} - {"importlib", "TYPE_CHECKING", "Any"})
