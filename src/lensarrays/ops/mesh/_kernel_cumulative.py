r"""The smooth distribution of points along an axis: a Gaussian at each of them, summed in time linear in their number.

What is summed, :math:`\Phi((x - p) / h)`, is a smooth function of x and of p. The axis is cut into cells of width h / 2 or
less, and for a pair of cells the function is interpolated between Chebyshev nodes of both, by polynomials; points then count
only by the sums of their powers over a cell. Eleven powers leave an error of 1e-14. Pairs of cells differ by their distance
only, and far ones see 0 or 1.

Powers are used, not Chebyshev polynomials, whose recurrence XLA computes anew for all that follows from them; between so few
nodes nothing is lost by it.
"""

import functools
import math
from typing import Any, NamedTuple, final

import numpy as np
from numpy.polynomial.chebyshev import cheb2poly

from ... import _check
from ..._backend import readonly, recomputed, summed_at
from .._chebyshev import chebyshev_nodes
from .._extremes import greatest, least
from ._apart import computed_apart
from ._searching import interpolated

_ORDER = 11
_CELLS_PER_BANDWIDTH = 2
_SATURATED = 8.5  # standard deviations, beyond which a Gaussian distribution is 0 or 1 in double precision
_KNOTS_PER_CELL = 2  # of the table that the inverse, of which only pictures are made, is read from


@final
class KernelCumulative(NamedTuple):
    """The cumulative distribution of points, each a Gaussian; 0 at the lowest of them, and 1 at the highest.

    Attributes
    ----------
    at_points : array, shape (..., n)
        What it is at the points.
    low, span : arrays, shape (...)
        The lowest point, and how far the highest is from it.
    coefficients : array, shape (..., cells, order)
        Of powers in each cell, of coordinates from -1 to 1, that of 1 first.
    """

    at_points: Any
    low: Any
    span: Any
    coefficients: Any

    def at(self, queries: Any, *, xp: Any) -> Any:
        """Return the distribution at queries (..., m), 0 below all points and 1 above all of them."""
        return _evaluated_apart(self.coefficients, queries, self.low, self.span, xp=xp)

    def inverse(self, levels: Any, *, xp: Any) -> Any:
        """Return where the distribution has some levels (..., k), by straight lines between fixed points."""
        count = self.coefficients.shape[-2] * _KNOTS_PER_CELL + 1
        knots = self.low[..., None] + self.span[..., None] * xp.linspace(0.0, 1.0, count, dtype=self.low.dtype)
        return interpolated(levels, self.at(knots, xp=xp), knots, xp=xp)


def bandwidth_from(value: Any) -> float:
    """Return the bandwidth in pixels: one, if none is given."""
    return 1.0 if value is None else _check.positive_number(value, "bandwidth")


def kernel_cumulative(points: Any, weights: Any, pixels: int, bandwidth: float, *, xp: Any) -> KernelCumulative:
    """Return the distribution of points (..., n) with weights (..., n) that add up to 1, or all the same.

    The Gaussians' standard deviation is the bandwidth times the extent of the points over the number of pixels.
    """
    # XLA would trace the rays anew for each of the sums below.
    points = computed_apart(_as_they_are, points[..., :1], points, xp=xp)
    low = least(points, xp=xp)
    span = greatest(points, xp=xp) - low
    span = xp.where(span > 0, span, xp.ones_like(span))
    cells = math.ceil(_CELLS_PER_BANDWIDTH * pixels / bandwidth)
    if weights is None:
        weights = xp.ones_like(points) / points.shape[-1]
    sums = recomputed(functools.partial(_sums_of_powers, cells=cells, xp=xp), points, weights, low, span)
    raw = _expansion(sums, pixels / (bandwidth * cells), xp=xp)
    # A power k is (-1)^k at the start of a cell, and 1 at its end.
    signs = xp.asarray((-1.0) ** np.arange(_ORDER), dtype=raw.dtype)
    start, end = xp.sum(raw[..., 0, :] * signs, axis=-1), xp.sum(raw[..., -1, :], axis=-1)
    constant = xp.asarray(np.arange(_ORDER) == 0, dtype=raw.dtype)
    coefficients = (raw - start[..., None, None] * constant) / (end - start)[..., None, None]
    at_points = _evaluated_apart(coefficients, points, low, span, xp=xp)
    return KernelCumulative(at_points, low, span, coefficients)


def _as_they_are(points: Any, *, xp: Any) -> Any:
    """Return points."""
    return points


def _cells(points: Any, low: Any, span: Any, cells: int, *, xp: Any) -> tuple[Any, Any, Any]:
    """Return where points (..., m) are in units of cells, those outside being at the ends, the cell, and where in it."""
    place = (points - low[..., None]) / span[..., None] * cells  # in this order it is exact at the highest point
    outside = xp.astype(place > cells, place.dtype) * cells
    place = xp.where((place >= 0) & (place <= cells), place, outside) + 0 * place  # what is NaN stays so
    floor = xp.floor(xp.where(place > 0, place, xp.zeros_like(place)))
    floor = xp.minimum(floor, xp.asarray(cells - 1, dtype=floor.dtype))
    return place, xp.astype(floor, xp.asarray(np.empty(0, dtype=int)).dtype), 2 * (place - floor) - 1


def _flat(cell: Any, batch: tuple[int, ...], cells: int, *, xp: Any) -> Any:
    """Return cells (..., m) numbered through a batch, flat."""
    wide = xp.broadcast_to(cell, (*batch, cell.shape[-1]))
    if not batch:
        return wide
    first = xp.arange(math.prod(batch), dtype=cell.dtype) * cells
    return xp.reshape(wide + xp.reshape(first, (*batch, 1)), (-1,))


def _sums_of_powers(points: Any, weights: Any, low: Any, span: Any, *, cells: int, xp: Any) -> Any:
    """Return the weighted sums (..., cells, order) of powers of where points are in each cell."""
    _, cell, local = _cells(points, low, span, cells, xp=xp)
    parts = [weights + 0 * local]
    for _ in range(_ORDER - 1):
        parts.append(parts[-1] * local)
    return _sums_per_cell(cell, parts, cells, xp=xp)


def _sums_per_cell(cell: Any, parts: list[Any], cells: int, *, xp: Any) -> Any:
    """Return the sums (..., cells, order) of a list of values (..., m) over the points in each cell."""
    batch = np.broadcast_shapes(*(part.shape[:-1] for part in (cell, parts[0])))
    flat, total = _flat(cell, batch, cells, xp=xp), math.prod(batch) * cells
    wide = [xp.reshape(xp.broadcast_to(part, (*batch, part.shape[-1])), (-1,)) for part in parts]
    sums = xp.stack([summed_at(flat, part, total) for part in wide], axis=-1)
    return xp.reshape(xp.astype(sums, parts[0].dtype, copy=False), (*batch, cells, len(parts)))


def _evaluated_apart(coefficients: Any, points: Any, low: Any, span: Any, *, xp: Any) -> Any:
    """Return what `_evaluated` does, computed apart from what uses it."""
    return computed_apart(_recomputed, low, coefficients, points, low, span, xp=xp)


def _recomputed(coefficients: Any, points: Any, low: Any, span: Any, *, xp: Any) -> Any:
    """Return what `_evaluated` does; of its steps nothing is kept for derivatives."""
    return recomputed(functools.partial(_evaluated, xp=xp), coefficients, points, low, span)


def _evaluated(coefficients: Any, points: Any, low: Any, span: Any, *, xp: Any) -> Any:
    """Return the sums of powers at points (..., m), with the coefficients of their cells; at the ends exactly 0 and 1."""
    cells = coefficients.shape[-2]
    place, cell, local = _cells(points, low, span, cells, xp=xp)
    batch = np.broadcast_shapes(coefficients.shape[:-2], cell.shape[:-1])
    flat = _flat(cell, batch, cells, xp=xp)
    rows = xp.reshape(xp.broadcast_to(coefficients, (*batch, *coefficients.shape[-2:])), (-1, _ORDER))
    shape = (*batch, cell.shape[-1])
    total = xp.reshape(xp.take(rows[:, _ORDER - 1], flat), shape)
    for k in reversed(range(_ORDER - 1)):
        total = total * local + xp.reshape(xp.take(rows[:, k], flat), shape)
    zero = xp.zeros_like(total)
    return xp.where(place <= 0, zero, xp.where(place >= cells, zero + 1, total))


def _expansion(sums: Any, ratio: float, *, xp: Any) -> Any:
    """Return the coefficients (..., cells, order) of what the sums over all cells make in each one."""
    cells = sums.shape[-2]
    reach = min(math.ceil(_SATURATED / ratio) + 1, cells - 1)
    table = xp.asarray(_expansion_table(ratio, reach), dtype=sums.dtype)
    padding = xp.zeros((*sums.shape[:-2], reach, _ORDER), dtype=sums.dtype)
    padded = xp.concat([padding, sums, padding], axis=-2)
    window = (np.arange(cells)[:, None] + np.arange(2 * reach + 1)).ravel()
    near = xp.reshape(xp.take(padded, xp.asarray(window), axis=-2), (*sums.shape[:-1], -1))
    # Cells that are further to the left than the table reaches count in full.
    left = xp.cumulative_sum(sums[..., 0], axis=-1, include_initial=True)
    far = xp.take(left, xp.asarray(np.maximum(np.arange(cells) - reach, 0)), axis=-1)
    return xp.matmul(near, table) + far[..., None] * xp.asarray(np.arange(_ORDER) == 0, dtype=sums.dtype)


@functools.lru_cache(maxsize=32)
def _expansion_table(ratio: float, reach: int) -> np.ndarray:
    """Return the matrix ((2 reach + 1) order, order) from the sums in the cells around one to its coefficients.

    `ratio` is the width of a cell over the bandwidth.
    """
    nodes, degree = chebyshev_nodes(_ORDER), np.arange(_ORDER)
    from_values = 2 / _ORDER * np.cos(degree[:, None] * np.arccos(nodes))
    from_values[0] /= 2
    distance = reach - np.arange(2 * reach + 1)  # of the cell itself from those of its window, the leftmost first
    z = ratio * (distance[:, None, None] + (nodes[:, None] - nodes) / 2)
    values = 0.5 * np.vectorize(math.erfc)(-z / math.sqrt(2))
    # By way of Chebyshev polynomials: straight to powers, rounding would grow a thousandfold.
    chebyshev = np.einsum("ki,dij,lj->dlk", from_values, values, from_values)
    powers = np.stack([np.pad(cheb2poly(row[: k + 1]), (0, _ORDER - 1 - k)) for k, row in enumerate(np.eye(_ORDER))])
    return readonly(np.einsum("dlk,lj,ki->dji", chebyshev, powers, powers).reshape(-1, _ORDER))
