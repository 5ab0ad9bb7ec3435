"""From a grid to bare coordinates, and from values at them back to a structure."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .._backend import readonly
from ..ops.over_sampling import binned_array_2d_from
from ..structures import Array2D, ArrayIrregular, Grid2D, Grid2DIrregular, VectorYX2D, VectorYX2DIrregular
from ._profile import model_namespace

BLOCK = 32_768  # points


def checked_namespace(grid: Any, *models: Any) -> Any:
    """Return the array library of a grid and some models, if models can be evaluated on the grid."""
    if not isinstance(grid, (Grid2D, Grid2DIrregular)):
        raise TypeError(
            f"`grid` must be a Grid2D or a Grid2DIrregular, but is a {type(grid).__name__}; "
            f"make one with Grid2D.uniform(...) or Grid2DIrregular(values)."
        )
    if not model_namespace(grid).isdtype(grid.dtype, "real floating"):
        raise TypeError(f"`grid` must hold real floating-point numbers, but has dtype {grid.dtype}; use `grid.astype(float)`.")
    return model_namespace(grid, *models)


def points_of(grid: Any, *, over_sampled: bool, xp: Any) -> tuple[Any, Any]:
    """Return the coordinates y and x, each (..., n), of a grid: of its sub-pixels or of the points themselves."""
    values = xp.asarray((grid.over_sampled if over_sampled and isinstance(grid, Grid2D) else grid).values)
    return values[..., 0], values[..., 1]


def scalar_on(grid: Any, values: Any, *, over_sampled: bool) -> Any:
    """Return values at `points_of(grid, over_sampled=...)` as the structure that belongs to the grid."""
    if isinstance(grid, Grid2DIrregular):
        return ArrayIrregular(readonly(values))
    return binned_array_2d_from(values, grid) if over_sampled else Array2D(readonly(values), grid.mask)


def scalar_from(kernel: Callable, grid: Any, *models: Any, over_sampled: bool) -> Any:
    """Return ``kernel(y, x, xp=xp)``, which uses `models`, on a grid: averaged over sub-pixels, or at the points themselves."""
    xp = checked_namespace(grid, *models)
    values = kernel(*points_of(grid, over_sampled=over_sampled, xp=xp), xp=xp)
    return scalar_on(grid, values, over_sampled=over_sampled)


def vector_from(kernel: Callable, grid: Any, *models: Any) -> Any:
    """Return ``kernel(y, x, xp=xp)``, a pair (y, x) that uses `models`, at the points of a grid."""
    xp = checked_namespace(grid, *models)
    values = pairs(*kernel(*points_of(grid, over_sampled=False, xp=xp), xp=xp), xp=xp)
    return VectorYX2DIrregular(values) if isinstance(grid, Grid2DIrregular) else VectorYX2D(values, grid.mask)


def in_blocks(kernel: Callable[..., tuple], *arrays: Any) -> tuple:
    """Return ``kernel(*arrays)``, a tuple of arrays (..., n) of values that depend on their own point alone.

    NumPy is given so many points at a time as fit into its caches: whole images take it twice as long.
    """
    n = arrays[0].shape[-1]
    if not isinstance(arrays[0], np.ndarray) or n < 2 * BLOCK or any(array.shape[-1:] != (n,) for array in arrays):
        return kernel(*arrays)
    results: list[np.ndarray] = []
    for k in range(0, n, BLOCK):
        parts = kernel(*(array[..., k : k + BLOCK] for array in arrays))
        results = results or [np.empty((*part.shape[:-1], n), dtype=part.dtype) for part in parts]
        for result, part in zip(results, parts, strict=True):
            result[..., k : k + BLOCK] = part
    return tuple(results)


def where_needed(condition: Any, first: Callable[[], tuple], second: Callable[[], tuple], *, xp: Any) -> tuple:
    """Return the arrays of ``first()`` where a condition holds, and those of ``second()`` elsewhere.

    On NumPy neither is computed where it is not needed at all.
    """
    if isinstance(condition, (np.ndarray, np.generic)):
        if np.all(condition):
            return first()
        if not np.any(condition):
            return second()
    return tuple(xp.where(condition, a, b) for a, b in zip(first(), second(), strict=True))


def pairs(y: Any, x: Any, *, xp: Any) -> Any:
    """Return y and x, each (..., n), as pairs (..., n, 2).

    On JAX not by `stack`: XLA would compute the two along with their interleaving, one by one, at eight times the cost. NumPy
    takes a tenth of the time for it.
    """
    if isinstance(y, np.ndarray) and y.shape == x.shape:
        return readonly(np.stack([y, x], axis=-1))
    return readonly(xp.where(xp.asarray([True, False]), y[..., None], x[..., None]))


def mass_sum_from(quantity: str, masses: tuple, grid: Any) -> Any:
    """Return the summed convergence or potential of mass profiles, each over-sampled or not as is its habit."""

    def kernel_of(profiles: list) -> Callable:
        def kernel(y: Any, x: Any, *, xp: Any) -> Any:
            return sum((getattr(profile, f"_{quantity}")(y, x, xp=xp) for profile in profiles), start=xp.zeros_like(y))

        return kernel

    fine = [mass for mass in masses if getattr(mass, f"over_sampled_{quantity}")]
    coarse = [mass for mass in masses if not getattr(mass, f"over_sampled_{quantity}")]
    if not fine:
        return scalar_from(kernel_of(coarse), grid, *masses, over_sampled=False)
    total = scalar_from(kernel_of(fine), grid, *masses, over_sampled=True)
    return total + scalar_from(kernel_of(coarse), grid, *masses, over_sampled=False) if coarse else total
