"""Convolution with a point spread function: at the pixels or at their sub-pixels, by a method that an argument chooses."""

from .batch import ConvolutionMethod as ConvolutionMethod
from .convolve import convolve as convolve
from .convolve import convolve_mapping_matrix as convolve_mapping_matrix
from .direct import Direct as Direct
from .fft import FFT as FFT
from .over_sampled import convolve_over_sampled as convolve_over_sampled
from .separable import Separable as Separable
