"""What an inversion is given, and what it gives: bare arrays, for all methods alike."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import jax
import numpy as np

from ..._backend import namespace
from ...structures import Kernel2D, Mask2D, StaticArray
from ..mapper import Mapper
from ..reg.abstract import DenseTerms, SparseTerms, dense_matrix
from ._batches import over_leading_axes
from .evidence import log_determinant_from


class Problem(NamedTuple):
    """An image that is a sum of g columns of light and of a source on a mesh of s pixels, seen through a PSF.

    For methods on the host, problems of other data are named tuples of as many fields: what is fitted, two that say how it is
    seen, which are taken for constants, and the last four.

    Attributes
    ----------
    image, noise_map : arrays, shape (n,)
        What is to be fitted, and its standard deviations.
    kernel : Kernel2D or None
    columns : array, shape (g, n + n_blurring)
        The light of unit intensity of each linear profile at the used pixels, and at those that the kernel brings light in
        from; not convolved. g may be 0.
    indexes, weights : arrays, shape (m, k)
        The mapping table; k may be 0.
    terms : SparseTerms, DenseTerms or None
        The regularisation of the s pixels.
    """

    image: Any
    noise_map: Any
    kernel: Kernel2D | None
    columns: Any
    indexes: Any
    weights: Any
    terms: Any

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes of each part without those of a batch; of the terms see `over_batch`."""
        return 1, 1, 1, 2, 2, 2, 0


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class Setting:
    """What is static of a problem.

    Attributes
    ----------
    mask : Mask2D
    over_sample_size : int or StaticArray
        Of the m sub-pixels of the mapping table.
    pixels : int
        The number s of source pixels.
    zeroed : StaticArray or None
        Which of them are held at zero, boolean, shape (s,).
    positive : bool
        Whether no intensity may be negative.
    light_diagonal : float
        What is added to the diagonal of the curvature matrix for columns of light, which have no regularisation.
    """

    mask: Mask2D
    over_sample_size: int | StaticArray
    pixels: int
    zeroed: StaticArray | None
    positive: bool
    light_diagonal: float


class Solved(NamedTuple):
    """The solution of a problem, and the terms of its evidence; each with the leading axes of the problem.

    Attributes
    ----------
    light, source : arrays, shapes (g,) and (s,)
    chi_squared, regularization_term, log_det_curvature_reg_matrix_term, log_det_regularization_matrix_term : arrays
    kkt_residual : array
        By how much the conditions of a minimum are missed, in units in which the diagonal of the matrix and what is fitted of
        the data are about one: see the method.
    converged : array of bool
        False if they are missed by more than the method allows, or a matrix was singular.
    """

    light: Any
    source: Any
    chi_squared: Any
    regularization_term: Any
    log_det_curvature_reg_matrix_term: Any
    log_det_regularization_matrix_term: Any
    kkt_residual: Any
    converged: Any


def matrix_of(terms: SparseTerms | DenseTerms) -> Any:
    """Return the matrix (..., s, s) of a regularisation."""
    return terms.matrix if isinstance(terms, DenseTerms) else dense_matrix(terms)


def joined_tables(mappers: tuple[Mapper, ...], image: Any) -> tuple[Any, Any]:
    """Return the indexes and weights (m, k) of several mappers as if their meshes were one; of none, tables of no width."""
    xp = namespace(image.values, *(part for mapper in mappers for part in (mapper.indexes, mapper.weights)))
    if not mappers:
        shape = (image.mask.pixels_in_mask, 0)
        return xp.zeros(shape, dtype=xp.int32), xp.zeros(shape, dtype=image.dtype)
    first = np.cumsum([0, *(mapper.pixels for mapper in mappers[:-1])])
    indexes = [xp.asarray(mapper.indexes) + int(start) for mapper, start in zip(mappers, first, strict=True)]
    if len(mappers) == 1:
        return indexes[0], xp.asarray(mappers[0].weights)
    return xp.concat(indexes, axis=-1), xp.concat([xp.asarray(mapper.weights) for mapper in mappers], axis=-1)


def joined_terms(parts: tuple[Any, ...]) -> Any:
    """Return the regularisation of several meshes as that of one: sparse if all are, else as a matrix in blocks."""
    xp = namespace(*jax.tree_util.tree_leaves(parts))
    if len(parts) == 1:
        return parts[0]
    if all(isinstance(part, SparseTerms) for part in parts):
        return _joined_sparse(parts, xp=xp)
    matrices = [matrix_of(part) for part in parts]
    sizes = [matrix.shape[-1] for matrix in matrices]
    rows = [
        xp.concat([m if i == k else xp.zeros((sizes[k], size), dtype=m.dtype) for i, size in enumerate(sizes)], axis=-1)
        for k, m in enumerate(matrices)
    ]
    return DenseTerms(
        xp.concat(rows, axis=-2), sum(_log_det_of(part, matrix) for part, matrix in zip(parts, matrices, strict=True))
    )


def _log_det_of(terms: SparseTerms | DenseTerms, matrix: Any) -> Any:
    return log_determinant_from(matrix) if terms.log_det is None else terms.log_det


def _joined_sparse(parts: tuple[SparseTerms, ...], *, xp: Any) -> SparseTerms:
    width = max(part.indexes.shape[-1] for part in parts)
    first = np.cumsum([0, *(part.diagonal.shape[-1] for part in parts[:-1])])

    def filled(array: Any) -> Any:
        missing = width - array.shape[-1]
        return xp.concat([array, xp.zeros((*array.shape[:-1], missing), dtype=array.dtype)], axis=-1) if missing else array

    log_dets = [part.log_det for part in parts]
    return SparseTerms(
        xp.concat([filled(xp.asarray(part.indexes) + int(k)) for part, k in zip(parts, first, strict=True)], axis=-2),
        xp.concat([filled(xp.asarray(part.values)) for part in parts], axis=-2),
        xp.concat([xp.asarray(part.weights) for part in parts], axis=-1),
        xp.concat([xp.asarray(part.diagonal) for part in parts], axis=-1),
        None if any(value is None for value in log_dets) else sum(log_dets),
    )


def without_nan(problem: Problem) -> tuple[Problem, Any]:
    """Return a problem with other numbers where image, noise, light or mapping are not finite, and whether there are none such.

    Its solution is of no use then, but derivatives that are not used stay finite.
    """
    xp = namespace(problem.image, problem.noise_map, problem.columns, problem.weights)
    is_good, parts = xp.asarray(True), {}
    for name, axes, instead in (("image", 1, 0.0), ("noise_map", 1, 1.0), ("columns", 2, 0.0), ("weights", 2, 0.0)):
        part = xp.asarray(getattr(problem, name))
        good = xp.isfinite(part) & (part > 0) if name == "noise_map" else xp.isfinite(part)
        parts[name] = xp.where(good, part, xp.asarray(instead, dtype=part.dtype))
        is_good = is_good & xp.all(good, axis=tuple(range(-axes, 0)))
    return problem._replace(**parts), is_good


def over_batch(solve: Callable[[Any], Solved], problem: Any) -> Solved:
    """Return the solutions of all problems of a batch, which the leading axes of any of its arrays make.

    A problem is a named tuple of arrays, of which `axes` has the number that each has without a batch, and of `terms`.
    """
    return over_leading_axes(solve, problem, [axis for part, axis in _with_axes(problem) if part is not None])


def _with_axes(problem: Any) -> Iterator[tuple[Any, int]]:
    """Yield each array of a problem with the number of axes that it has without a batch."""
    for part, axis in zip(problem, problem.axes, strict=True):
        if isinstance(part, SparseTerms):
            yield from zip(part, (2, 2, 1, 1, 0), strict=True)
        elif isinstance(part, DenseTerms):
            yield from zip(part, (2, 0), strict=True)
        else:
            yield part, axis
