"""Visibilities by non-uniform fast Fourier transforms."""

from typing import Any, final

import equinox as eqx
import numpy as np
from jaxtyping import Float

from ... import _check
from ..._backend import is_jax, namespace
from ..._typing import Array
from ...structures import Mask2D
from . import _finufft
from ._box import Box
from ._lattice import Setting
from ._transformer import AbstractTransformer
from ._uv import check_uv_shape, checked_mask, checked_uv

CHUNK_BYTES = 64 * 2**20


@final
class TransformerNUFFT(AbstractTransformer):
    """Visibilities of images by non-uniform fast Fourier transforms: the faster way for thousands of visibilities and more.

    NumPy arrays are transformed by finufft, and so are those of JAX on a CPU, through a call of the host. On accelerators it is
    nufftax, which is JAX itself (``pip install lensarrays[gpu]``). With JAX it is differentiable in the image or the
    visibilities and in (u, v), any number of times, forward and in reverse, and works under `jit` and `vmap`.

    Only the smallest box that holds the used pixels is transformed.

    Parameters
    ----------
    uv_wavelengths : array, shape (k, 2)
        (u, v) of each visibility [wavelengths]; of NumPy or JAX. A writeable NumPy array is copied.
    real_space_mask : Mask2D
        The used pixels of images.
    tolerance : float
        Relative error of the result, as the root of the mean square over all of it. What is below 1e-14, or 1e-6 for float32,
        is taken for that.
    chunk_bytes : int
        Working memory that the visibilities are cut to fit into [bytes]. The default suits a CPU; a GPU wants as much as it has
        to spare.
    threads : int
        Of finufft. With one, results are the same to the last bit every time; with more, those of the adjoint are not.

    Raises
    ------
    ValueError
        If `uv_wavelengths` is not of shape (k, 2), or has NaN or inf, the mask uses no pixel, or a number is not positive.
    TypeError
        If an argument is of another kind.

    Warns
    -----
    UserWarning
        If a visibility is beyond what the pixels can tell from another: a u or v beyond 1 / (2 pixel scale in radians).

    References
    ----------
    A. H. Barnett, J. Magland and L. af Klinteberg, SIAM J. Sci. Comput. 41 (2019) C479, equations 1.1 and 1.2.

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays import Array2D, Mask2D
    >>> from lensarrays.ops.interferometry.nufft import TransformerNUFFT
    >>> mask = Mask2D.all_false((2, 2), pixel_scales=1.0)
    >>> transformer = TransformerNUFFT(np.asarray([[0.0, 0.0], [648000.0 / np.pi / 4.0, 0.0]]), mask)
    >>> image = Array2D([1.0, 2.0, 3.0, 4.0], mask)
    >>> transformer.visibilities_from(image).array.round(3) + 0.0
    array([10.   +0.j   ,  7.071-1.414j])
    """

    uv_wavelengths: Float[Array, "k 2"]
    real_space_mask: Mask2D = eqx.field(static=True)
    tolerance: float = eqx.field(static=True)
    chunk_bytes: int = eqx.field(static=True)
    threads: int = eqx.field(static=True)

    def __init__(
        self,
        uv_wavelengths: Any,
        real_space_mask: Mask2D,
        *,
        tolerance: float = 1e-12,
        chunk_bytes: int = CHUNK_BYTES,
        threads: int = 1,
    ):
        self.real_space_mask = checked_mask(real_space_mask)
        self.uv_wavelengths = checked_uv(uv_wavelengths, self.real_space_mask)
        self.tolerance = _check.positive_number(tolerance, "tolerance")
        self.chunk_bytes = _check.whole_number(chunk_bytes, "chunk_bytes", at_least=1)
        self.threads = _check.whole_number(threads, "threads", at_least=1)

    def __check_init__(self) -> None:
        check_uv_shape(self.uv_wavelengths)

    def _forward(self, images: Any, box: Box) -> Any:
        return self._transforms(images).forward(images, self.uv_wavelengths, self._setting)

    def _adjoint(self, visibilities: Any, box: Box) -> Any:
        return self._transforms(visibilities).adjoint(visibilities, self.uv_wavelengths, self._setting)

    @property
    def _setting(self) -> Setting:
        return Setting(self.real_space_mask, self.tolerance, self.chunk_bytes, self.threads)

    def _transforms(self, values: Any) -> Any:
        """Return the module that transforms arrays of this library."""
        arrays = (values, self.uv_wavelengths)
        if any(is_jax(array) for array in arrays):
            from . import _nufft_jax

            return _nufft_jax
        if not all(isinstance(array, np.ndarray) for array in arrays):
            raise TypeError(
                f"`uv_wavelengths` and what is transformed must be arrays of NumPy or JAX, but are of "
                f"{namespace(*arrays).__name__}; convert them, or use `TransformerDFT`."
            )
        return _finufft
