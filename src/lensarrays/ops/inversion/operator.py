"""The data side of an inversion on NumPy arrays: a mapped source seen through the PSF, and its products over the noise."""

import functools
from collections.abc import Hashable
from typing import Any, NamedTuple, final

import numpy as np

from ...structures import Mask2D, StaticArray
from ._blur import Blur
from ._gram import gram
from ._scratch import Scratch
from ._threads import allowed_threads, in_threads, shares_of
from ._tile_methods import LightTiles, Table, WeightedTiles, aligned
from ._tiles import LANES, filled_up

OPERATORS_KEPT = 4
CANCELLED = 1e-7  # chi squared over that of no model, below which it is computed from the residuals


class LightSystem(NamedTuple):
    """What columns of light (g, n) have to do with themselves and the data; the same for each kind of data.

    Attributes
    ----------
    rows : array, shape (g, n)
        What `cross` wants of the columns; to be taken back by the scratch memory.
    matrix, vector : arrays, shapes (g, g) and (g,)
        The curvature matrix, and the data vector.
    energy : float
        Chi squared of no model.
    """

    rows: np.ndarray
    matrix: np.ndarray
    vector: np.ndarray
    energy: float


@final
class Operator:
    """Products of B = P M: a mapping matrix M, of n image pixels and s mesh pixels, seen through the PSF P; N is the noise.

    The mapping matrix is given in compressed rows, one row an image pixel: `indexes[pointer[i]:pointer[i + 1]]` are its mesh
    pixels, in any order, some of them twice if need be, and `weights` what it sees of each. Light that a mapped source sends
    from outside of the mask is zero; light profiles are given in the blurring region too.

    All arrays are of float64, indexes of any integers. Results do not depend on timing, but on the number of threads in their
    last digits. Made by `operator_from`, which keeps the last few.
    """

    def __init__(self, mask: Mask2D, kernel: np.ndarray, noise: np.ndarray, precomputed: bool):
        self.pixels = mask.pixels_in_mask
        self._inverse_noise = 1.0 / noise
        self._blur = Blur(mask, kernel)
        self._method = (WeightedTiles if precomputed else LightTiles)(mask, kernel, noise, allowed_threads())
        self.scratch = Scratch()
        self.solutions: dict[Hashable, Any] = {}

    def light_system(self, columns: np.ndarray, image: np.ndarray) -> LightSystem:
        """Return what light alone, (g, n + n_blurring), has to do with the image (n,)."""
        rows, whitened = self.scratch.lend(len(columns), image.size), image * self._inverse_noise
        self.whitened(columns, out=rows)
        return LightSystem(rows, gram(rows), rows @ whitened, float(whitened @ whitened))

    def seen(self, images: np.ndarray, image: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Return images (r, n + n_blurring) as they are seen, over the squared noise, and what is gathered of these.

        The first one is subtracted from the data `image`, if these are given.
        """
        images = self.blurred(images)
        if image is not None:
            images[0] = image - images[0]
        images *= self._inverse_noise**2
        return images, self.blurred_adjoint(images)

    def is_cancelled(self, chi_squared: float, energy: float) -> bool:
        """Return whether chi squared, as what a model leaves of `energy`, has no digits left: it fits almost perfectly."""
        return not chi_squared > CANCELLED * energy

    def chi_squared(self, model: np.ndarray, image: np.ndarray) -> float:
        """Return chi squared of a model (n + n_blurring,) from its residuals."""
        residuals = (image - self.blurred(model[None])[0]) * self._inverse_noise
        return float(residuals @ residuals)

    def curvature(
        self,
        pointer: np.ndarray,
        indexes: np.ndarray,
        weights: np.ndarray,
        pixels: int,
        *,
        out: np.ndarray | None = None,
        threads: int | None = None,
    ) -> np.ndarray:
        """Return F = M' P' N^-2 P M, (s, s); only its upper triangle is set, in `out` if that is given."""
        from ._tiles_numba import finish

        table, width = _table(pointer, indexes, weights, pixels), filled_up(pixels)
        result = np.empty((pixels, pixels)) if out is None else out

        def share(begin: int, end: int) -> np.ndarray:
            sums = self.scratch.lend(width * width)
            sums.fill(0)
            self._method.add_curvature(begin, end, table, pixels, width, sums)
            return sums

        first, *others = in_threads(share, shares_of(self._method.work, threads or allowed_threads()))
        for other in others:
            first += other
        finish(first, width, np.arange(width), result)
        self.scratch.take_back(first, *others)
        return result

    def curvature_adjoint(
        self,
        pointer: np.ndarray,
        indexes: np.ndarray,
        weights: np.ndarray,
        pixels: int,
        cotangent: np.ndarray,
        *,
        threads: int | None = None,
    ) -> np.ndarray:
        """Return the derivatives of the sum of the products of F and a symmetric matrix by the weights.

        The matrix is (s, s), or filled up by zeros to full vectors, which saves a copy of it.
        """
        table, width = _table(pointer, indexes, weights, pixels), filled_up(len(cotangent))
        matrix = _numbers(cotangent if len(cotangent) == width else np.pad(cotangent, (0, width - len(cotangent)))).reshape(-1)

        def share(begin: int, end: int) -> np.ndarray:
            slopes = np.zeros(table.weights.size)
            self._method.add_adjoint(begin, end, table, pixels, width, matrix, slopes)
            return slopes

        parts = in_threads(share, shares_of(self._method.work, threads or allowed_threads()))
        return 2 * sum(parts[1:], start=parts[0])

    def blurred(self, images: np.ndarray, *, threads: int | None = None) -> np.ndarray:
        """Return images, (g, n + n_blurring), seen through the PSF, (g, n); first the used pixels, then the blurring ones."""
        return self._blur.seen(_numbers(images), np.empty((len(images), self.pixels)), threads or allowed_threads())

    def whitened(self, images: np.ndarray, *, out: np.ndarray, threads: int | None = None) -> np.ndarray:
        """Set `out`, (g, n), to the same over the noise, and return it."""
        return self._blur.seen(_numbers(images), out, threads or allowed_threads(), self._inverse_noise)

    def blurred_adjoint(self, images: np.ndarray, *, threads: int | None = None) -> np.ndarray:
        """Return the transpose of `blurred` times images, (g, n): (g, n + n_blurring)."""
        return self._blur.gathered(_numbers(images), threads or allowed_threads())

    def data_vector(
        self, pointer: np.ndarray, indexes: np.ndarray, weights: np.ndarray, pixels: int, image: np.ndarray
    ) -> np.ndarray:
        """Return M' P' N^-2 d for an image d, (n,): what each mesh pixel gathers of it, (s,)."""
        return self.cross(np.asarray(image * self._inverse_noise)[None], pointer, indexes, weights, pixels, threads=1)[0]

    def cross(
        self,
        images: np.ndarray,
        pointer: np.ndarray,
        indexes: np.ndarray,
        weights: np.ndarray,
        pixels: int,
        *,
        threads: int | None = None,
    ) -> np.ndarray:
        """Return (M' P' N^-1 G')' for images G, (g, n), that are seen through the PSF already, over the noise: (g, s)."""
        from ._blur_numba import gather_columns

        table, (g, n) = _table(pointer, indexes, weights, pixels), images.shape
        gathered = self.scratch.lend(filled_up(g), filled_up(n))
        gathered[g:], gathered[:, n:] = 0.0, 0.0
        self._blur.gathered_inside(_numbers(images), self._inverse_noise, gathered, threads or allowed_threads())
        result = aligned(pixels * len(gathered))
        gather_columns(gathered, table, aligned(LANES * len(gathered)), result)
        self.scratch.take_back(gathered)
        return result.reshape(pixels, len(gathered))[:, :g].T.copy()

    def blurred_mapping_matrix(self, pointer: np.ndarray, indexes: np.ndarray, weights: np.ndarray, pixels: int) -> np.ndarray:
        """Return B = P M as a dense matrix, (n, s)."""
        columns = np.zeros((pixels, len(self._blur.sheet.everywhere)))
        rows = np.repeat(np.arange(self.pixels), np.diff(pointer))
        np.add.at(columns, (indexes, rows), weights)
        return self.blurred(columns).T


def _numbers(array: Any) -> np.ndarray:
    """Return an array of the one type that Numba compiles for: float64, contiguous, and writeable."""
    return np.require(array, dtype=np.float64, requirements=["C", "W"])


def _table(pointer: Any, indexes: Any, weights: Any, pixels: int) -> Table:
    """Return a mapping matrix as it is given to Numba, which would read and write anywhere if an index were not a pixel."""
    pointer = np.require(pointer, dtype=np.int64, requirements=["C", "W"])
    indexes = np.require(indexes, dtype=np.int32, requirements=["C", "W"])
    if indexes.size and (np.min(indexes) < 0 or np.max(indexes) >= pixels):
        raise ValueError(
            f"`indexes` must be from 0 to {pixels - 1}, those of the mesh pixels, but are from {np.min(indexes)} to "
            f"{np.max(indexes)}; make the mapper by a mesh."
        )
    return Table(pointer, indexes, _numbers(weights))


def operator_from(mask: Mask2D, kernel: np.ndarray, noise: np.ndarray, *, precomputed: bool) -> Operator:
    """Return the operator of a mask, a PSF (ky, kx) of odd sides, and a noise map (n,); the last few are kept.

    Parameters
    ----------
    precomputed : bool
        Whether half of W = P' N^-2 P is kept, some 7 kB a pixel for a PSF of 21 by 21. That takes as long as a few curvature
        matrices once, and makes them several times as fast.
    """
    return _operator(mask, StaticArray(kernel), StaticArray(noise), precomputed)


@functools.lru_cache(maxsize=OPERATORS_KEPT)
def _operator(mask: Mask2D, kernel: StaticArray, noise: StaticArray, precomputed: bool) -> Operator:
    return Operator(mask, _numbers(kernel.array), _numbers(noise.array), precomputed)
