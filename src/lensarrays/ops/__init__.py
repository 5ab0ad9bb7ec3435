"""Arrays to arrays, no profile in sight: over-sampling, convolution and noise."""

import lazy_loader

from .adaptive_over_sampling import over_sample_size_via_light_from as over_sample_size_via_light_from
from .convolution import FFT as FFT
from .convolution import Direct as Direct
from .convolution import Separable as Separable
from .convolution import convolve as convolve
from .convolution import convolve_mapping_matrix as convolve_mapping_matrix
from .convolution import convolve_over_sampled as convolve_over_sampled
from .noise import gaussian_noise as gaussian_noise
from .noise import noise_map_from as noise_map_from
from .noise import poisson_noise as poisson_noise
from .over_sampling import binned_array_2d_from as binned_array_2d_from
from .over_sampling import evaluate_over_sampled as evaluate_over_sampled
from .over_sampling import over_sample_size_via_radial_bins_from as over_sample_size_via_radial_bins_from
from .poisson import ExactPoisson as ExactPoisson
from .poisson import FastPoisson as FastPoisson
from .random_source import sample_key as sample_key

# Modules that are loaded when they are first asked for.
__getattr__, _, _ = lazy_loader.attach(__name__, submodules=["image_mesh", "inversion", "mesh", "reg"])
