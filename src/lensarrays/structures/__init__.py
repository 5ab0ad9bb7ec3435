"""What data is: masks, images, grids, vectors, kernels and visibilities, immutable and of one pytree leaf each."""

from .array_2d import Array2D as Array2D
from .array_irregular import ArrayIrregular as ArrayIrregular
from .geometry_2d import Geometry2D as Geometry2D
from .grid_2d import Grid2D as Grid2D
from .grid_2d_irregular import Grid2DIrregular as Grid2DIrregular
from .kernel_2d import Kernel2D as Kernel2D
from .mask_2d import Mask2D as Mask2D
from .static_array import StaticArray as StaticArray
from .vector_yx_2d import VectorYX2D as VectorYX2D
from .vector_yx_2d import VectorYX2DIrregular as VectorYX2DIrregular
from .visibilities import Visibilities as Visibilities
