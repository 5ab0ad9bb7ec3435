"""Immutable structures for strong lensing on NumPy and JAX, and the simulator that stands on them."""

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
