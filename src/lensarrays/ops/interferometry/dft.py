"""Visibilities by the Fourier sum itself."""

import functools
from typing import Any, final

import equinox as eqx
import jax
from jaxtyping import Float

from ... import _check
from ..._backend import is_jax
from ..._typing import Array
from ...structures import Mask2D
from ._box import Box
from ._direct import adjoint, forward
from ._transformer import AbstractTransformer
from ._uv import check_uv_shape, checked_mask, checked_uv

CHUNK_BYTES = 16 * 2**20  # what is worked on stays near the caches of a CPU core: larger chunks are slower


@final
class TransformerDFT(AbstractTransformer):
    """Visibilities of images by the Fourier sum itself: exact, and the faster way for up to some thousand visibilities.

    The sum over pixels is one over columns and then one over rows of the smallest box that holds the used pixels, both of
    them matrix products, for as many visibilities at a time as fit the working memory.

    Parameters
    ----------
    uv_wavelengths : array, shape (k, 2)
        (u, v) of each visibility [wavelengths]. A writeable NumPy array is copied.
    real_space_mask : Mask2D
        The used pixels of images.
    chunk_bytes : int
        Working memory that the visibilities are cut to fit into [bytes]. The default suits a CPU; a GPU wants as much as it has
        to spare.

    Raises
    ------
    ValueError
        If `uv_wavelengths` is not of shape (k, 2), or has NaN or inf, or the mask uses no pixel.
    TypeError
        If an argument is of another kind.

    Warns
    -----
    UserWarning
        If a visibility is beyond what the pixels can tell from another: a u or v beyond 1 / (2 pixel scale in radians).

    References
    ----------
    A. R. Thompson, J. M. Moran and G. W. Swenson, *Interferometry and Synthesis in Radio Astronomy* (3rd ed., 2017),
    equation 3.7 (with w = 0 and a unit beam).

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays import Array2D, Mask2D
    >>> from lensarrays.ops.interferometry.dft import TransformerDFT
    >>> mask = Mask2D.all_false((2, 2), pixel_scales=1.0)
    >>> transformer = TransformerDFT(np.asarray([[0.0, 0.0], [648000.0 / np.pi / 4.0, 0.0]]), mask)
    >>> image = Array2D([1.0, 2.0, 3.0, 4.0], mask)
    >>> transformer.visibilities_from(image).array.round(3)
    array([10.   +0.j   ,  7.071-1.414j])
    """

    uv_wavelengths: Float[Array, "k 2"]
    real_space_mask: Mask2D = eqx.field(static=True)
    chunk_bytes: int = eqx.field(static=True)

    def __init__(self, uv_wavelengths: Any, real_space_mask: Mask2D, *, chunk_bytes: int = CHUNK_BYTES):
        self.real_space_mask = checked_mask(real_space_mask)
        self.uv_wavelengths = checked_uv(uv_wavelengths, self.real_space_mask)
        self.chunk_bytes = _check.whole_number(chunk_bytes, "chunk_bytes", at_least=1)

    def __check_init__(self) -> None:
        check_uv_shape(self.uv_wavelengths)

    def _forward(self, images: Any, box: Box) -> Any:
        return _evaluated(forward, images, self.uv_wavelengths, box, self.chunk_bytes)

    def _adjoint(self, visibilities: Any, box: Box) -> Any:
        return _evaluated(adjoint, visibilities, self.uv_wavelengths, box, self.chunk_bytes)


def _evaluated(function: Any, values: Any, uv: Any, *static: Any) -> Any:
    """Call a function; on JAX it is compiled, which outside of `jit` takes less time than each of its steps does."""
    if is_jax(values) or is_jax(uv):
        return _compiled(function)(values, uv, *static)
    return function(values, uv, *static)


@functools.cache
def _compiled(function: Any) -> Any:
    return jax.jit(function, static_argnums=(2, 3))
