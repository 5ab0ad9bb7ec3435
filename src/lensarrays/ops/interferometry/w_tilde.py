"""W-tilde: what the noise and the baselines of an interferometer make of pairs of image pixels."""

from typing import Any, Self, final

import equinox as eqx
from jaxtyping import Shaped

from ..._backend import namespace, readonly
from ..._typing import Array
from ...structures import Mask2D
from ...structures.abstract import as_array, owned
from . import _spectrum
from ._compact_cheapest import Cheapest
from ._compact_data import checked_data
from ._compact_dense import dense_from
from ._compact_lattice import Lattice, lattice_of
from ._compact_sum import CompactMethod, check_method


@final
class WTilde(eqx.Module):
    """The matrix W of an interferometer's likelihood: I' W I is the sum over visibilities of I, over their noise and squared.

    For visibilities V_k = sum_i I_i exp(-2 pi i (x_i u_k + y_i v_k)), whose real and imaginary parts have the noise sigma_k,

        W_ij = sum_k cos(2 pi ((x_i - x_j) u_k + (y_i - y_j) v_k)) / sigma_k^2,

    so only the offset between two pixels matters, and one table `compact` of offsets holds all of W. Where real and imaginary
    parts have unlike noise, sigma and sigma', the weight is (1 / sigma^2 + 1 / sigma'^2) / 2, and there is a second sum, of
    cos(2 pi ((x_i + x_j) u_k + (y_i + y_j) v_k)) (1 / sigma^2 - 1 / sigma'^2) / 2, whose table is `hankel`.

    It is made by `from_uv_wavelengths`. Images are values at the used pixels, shape (..., n).

    Parameters
    ----------
    compact : array, shape (..., ny, 2 nx - 1)
        W at the offsets of 0 to ny - 1 rows downwards, and of 1 - nx to nx - 1 columns; ny and nx are the sides of the
        smallest box that holds all used pixels. [1 / noise^2]
    real_space_mask : Mask2D
        Which pixels of the image are used.
    hankel : array, shape (..., 2 ny - 1, 2 nx - 1), optional
        The second sum, at r_i + r_j and c_i + c_j, rows and columns being counted from the upper left corner of the box.
    spectrum, hankel_spectrum : arrays, shape (..., ly, lx // 2 + 1), optional
        Fourier transforms of both, which `with_spectrum` computes. `times` and `quadratic_from` use them as they are.

    Raises
    ------
    ValueError
        If a table does not have the shape that belongs to the mask, or the mask uses no pixel.

    References
    ----------
    Powell D. et al., 2021, MNRAS, 501, 515, section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays import Mask2D, Visibilities, WTilde
    >>> mask = Mask2D.all_false((2, 2), pixel_scales=0.1)
    >>> noise_map = Visibilities([0.5 + 0.5j])
    >>> w_tilde = WTilde.from_uv_wavelengths(np.asarray([[0.0, 0.0]]), noise_map, mask)
    >>> w_tilde.compact
    array([[4., 4., 4.],
           [4., 4., 4.]])
    >>> w_tilde.quadratic_from(np.asarray([1.0, 0.0, 2.0, 0.0])).round(6)  # (sum of the image / noise)^2
    np.float64(36.0)
    """

    compact: Shaped[Array, "... ny 2*nx-1"]
    real_space_mask: Mask2D
    hankel: Shaped[Array, "... 2*ny-1 2*nx-1"] | None = None
    spectrum: Shaped[Array, "... ly lx//2+1"] | None = None
    hankel_spectrum: Shaped[Array, "... ly lx//2+1"] | None = None

    def __check_init__(self) -> None:
        lattice = lattice_of(self.real_space_mask)
        _check_tables(self.compact, self.hankel, self.real_space_mask, lattice)
        ly, lx = lattice.lengths
        for name in ("spectrum", "hankel_spectrum"):
            table = getattr(self, name)
            if table is not None:
                _check_shape(table, (ly, lx // 2 + 1), name, self.real_space_mask)

    @classmethod
    def from_uv_wavelengths(
        cls,
        uv_wavelengths: Any,
        noise_map: Any,
        real_space_mask: Mask2D,
        *,
        method: CompactMethod = Cheapest(),
        equal_noise: bool | None = None,
    ) -> Self:
        """Return the W-tilde of baselines and noise.

        Parameters
        ----------
        uv_wavelengths : array, shape (k, 2)
            Baselines (u, v) [wavelengths].
        noise_map : Visibilities, shape (k,)
            The noise of the real parts, and of the imaginary parts.
        real_space_mask : Mask2D
            Which pixels of the image are used.
        method : Cheapest, MatrixProducts or HalfPlaneNUFFT
            How the sums over visibilities are computed.
        equal_noise : bool, optional
            Whether real and imaginary parts have the same noise, so that there is no `hankel`. If not given, that is looked at;
            where it cannot be, under `jit` or `grad`, they are taken to differ, which is right for both but takes longer.

        Raises
        ------
        ValueError
            If the noise is not positive and finite, a baseline is not finite, their numbers differ, the mask uses no pixel, or
            `equal_noise` is True for noise that is not equal.
        TypeError
            If the method is none.
        """
        check_method(method)
        lattice = lattice_of(real_space_mask)
        data = checked_data(uv_wavelengths, noise_map, equal_noise)
        along_y, along_x = data.v * lattice.spacing[0], data.u * lattice.spacing[1]
        compact = method.sums(along_y, along_x, data.weights, None, lattice.shape)
        if data.excess is None:
            return cls._of_tables(compact, None, real_space_mask, lattice)
        shifts = 2 * (lattice.centre[0] * data.v + lattice.centre[1] * data.u)
        hankel = method.sums(along_y, along_x, data.excess, shifts, lattice.shape)
        return cls._of_tables(compact, hankel, real_space_mask, lattice)

    @classmethod
    def _of_tables(cls, compact: Any, hankel: Any, real_space_mask: Mask2D, lattice: Lattice) -> Self:
        """Return what the constructor does, which takes 14 microseconds: as long as all sums, for few visibilities."""
        _check_tables(compact, hankel, real_space_mask, lattice)
        new = object.__new__(cls)
        object.__setattr__(new, "compact", readonly(compact))
        object.__setattr__(new, "real_space_mask", real_space_mask)
        object.__setattr__(new, "hankel", readonly(hankel))
        object.__setattr__(new, "spectrum", None)
        object.__setattr__(new, "hankel_spectrum", None)
        return new

    @classmethod
    def from_compact(cls, compact: Any, real_space_mask: Mask2D, hankel: Any = None) -> Self:
        """Return the W-tilde of tables that are known, as autojax's `w_compact` is; a writeable NumPy array is copied."""
        first, second = owned(compact, "compact"), None if hankel is None else owned(hankel, "hankel")
        for name, table in (("compact", first), ("hankel", second)):
            if table is not None:
                _check_real(table, name)
        return cls(first, real_space_mask, second)

    def with_spectrum(self) -> Self:
        """Return the same with its Fourier transforms, without which each product or quadratic form computes them again."""
        spectrum, hankel_spectrum = _spectra(self, lattice_of(self.real_space_mask))
        return type(self)(self.compact, self.real_space_mask, self.hankel, readonly(spectrum), readonly(hankel_spectrum))

    @property
    def dense(self) -> Any:
        """W itself, bare, shape (..., n, n), where it takes no more than 4 GiB; see `dense_from`."""
        return self.dense_from()

    def dense_from(self, max_bytes: int = 2**32) -> Any:
        """Return W itself, bare, shape (..., n, n).

        Parameters
        ----------
        max_bytes : int
            The memory that it may take [bytes]; on the way there it takes twice as much.

        Raises
        ------
        ValueError
            If it would take more.
        """
        return readonly(dense_from(self.compact, self.hankel, lattice_of(self.real_space_mask), max_bytes))

    @property
    def preload(self) -> Any:
        """W at offsets that wrap around, bare, shape (..., 2 ny, 2 nx), autolens's `nufft_precision_operator`.

        Row r is the offset of r rows, or of r - 2 ny for r > ny; columns alike. Row ny and column nx are zero.
        """
        ny, nx = lattice_of(self.real_space_mask).shape
        return readonly(_spectrum.wrapped(_spectrum.full_from(self.compact), (2 * ny, 2 * nx)))

    def times(self, values: Any) -> Any:
        """Return W times images (..., n), bare, shape (..., n)."""
        lattice = lattice_of(self.real_space_mask)
        return _spectrum.times(_images(values, lattice.pixels), *_spectra(self, lattice), lattice)

    def quadratic_from(self, values: Any) -> Any:
        """Return I' W I of images I (..., n), bare, shape (...): the sum of visibilities, each over its noise and squared."""
        return quadratic_of(self, values)


def quadratic_of(w_tilde: WTilde, values: Any) -> Any:
    """Return the quadratic form of images: a function, as Equinox takes 20 microseconds to bind a method."""
    lattice = lattice_of(w_tilde.real_space_mask)
    return _spectrum.quadratic(_images(values, lattice.pixels), *_spectra(w_tilde, lattice), lattice)


def _spectra(w_tilde: WTilde, lattice: Lattice) -> tuple[Any, Any]:
    """Return the Fourier transforms of the tables: a function, as Equinox takes longer to bind a method than this does."""
    first, second = w_tilde.spectrum, w_tilde.hankel_spectrum
    if first is None:
        first = _spectrum.spectrum_from(w_tilde.compact, lattice)
    if second is None and w_tilde.hankel is not None:
        second = _spectrum.hankel_spectrum_from(w_tilde.hankel, lattice)
    return first, second


def _check_tables(compact: Any, hankel: Any, mask: Mask2D, lattice: Lattice) -> None:
    ny, nx = lattice.shape
    _check_shape(compact, (ny, 2 * nx - 1), "compact", mask)
    if hankel is not None:
        _check_shape(hankel, (2 * ny - 1, 2 * nx - 1), "hankel", mask)


def _check_shape(table: Any, shape: tuple[int, int], name: str, mask: Mask2D) -> None:
    if tuple(table.shape[-2:]) != shape:
        raise ValueError(
            f"`{name}` must have shape (..., {shape[0]}, {shape[1]}), one for each offset in the box of {mask!r}, but has "
            f"{tuple(table.shape)}; use the mask that it was computed for."
        )


def _images(values: Any, pixels: int) -> Any:
    values = as_array(values)
    if values.shape[-1:] != (pixels,):
        raise ValueError(
            f"`values` must have shape (..., {pixels}), one per used pixel, but have {tuple(values.shape)}; pass the values of "
            f"an image on the same mask."
        )
    _check_real(values, "values")
    return values


def _check_real(array: Any, name: str) -> None:
    if not namespace(array).isdtype(array.dtype, "real floating"):
        raise TypeError(f"`{name}` must be real and floating, but is {array.dtype}; convert it with `.astype(float)`.")
