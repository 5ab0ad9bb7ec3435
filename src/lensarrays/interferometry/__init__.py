"""Visibilities: what an interferometer delivers, how to simulate it, how to fit a model to it, and w-tilde."""

from ..ops.interferometry._compact_cheapest import Cheapest as Cheapest
from ..ops.interferometry._compact_direct import w_tilde_direct_from as w_tilde_direct_from
from ..ops.interferometry._compact_nufft import HalfPlaneNUFFT as HalfPlaneNUFFT
from ..ops.interferometry._compact_products import MatrixProducts as MatrixProducts
from ..ops.interferometry.dft import TransformerDFT as TransformerDFT
from ..ops.interferometry.nufft import TransformerNUFFT as TransformerNUFFT
from ..ops.interferometry.w_tilde import WTilde as WTilde
from .dataset import Interferometer as Interferometer
from .fit import FitInterferometer as FitInterferometer
from .simulator import SimulatorInterferometer as SimulatorInterferometer
