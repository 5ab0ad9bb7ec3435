"""The empirical distribution of points along an axis: a step at each of them, and straight lines in between."""

from typing import Any, NamedTuple, final

import numpy as np

from ..mapper import summed_last
from ._apart import computed_apart
from ._searching import counts_not_above, interpolated, sort_last, taken


@final
class RankCumulative(NamedTuple):
    """The cumulative distribution of points, by rank.

    Attributes
    ----------
    at_points : array, shape (..., n)
        What it is at the points, in their order.
    ordered : array, shape (..., n)
        The points in ascending order.
    levels : array, shape (..., n)
        What it is there; points of one place have the last of their ranks.
    """

    at_points: Any
    ordered: Any
    levels: Any

    def at(self, queries: Any, *, xp: Any) -> Any:
        """Return the distribution at queries (..., m): 0 below all points, 1 above all of them."""
        return computed_apart(_between, self.ordered[..., 0], queries, self.ordered, self.levels, xp=xp)

    def inverse(self, levels: Any, *, xp: Any) -> Any:
        """Return where the distribution has some levels (..., k)."""
        return interpolated(levels, self.levels, self.ordered, xp=xp)


def rank_cumulative(points: Any, weights: Any, *, xp: Any) -> RankCumulative:
    """Return the distribution of points (..., n) with weights (..., n) that add up to 1.

    Without weights, that at the point of rank k is k / (n + 1).
    """
    if isinstance(points, np.ndarray) and isinstance(weights, (np.ndarray, type(None))):
        return _by_order(points, weights, xp=xp)
    ordered = sort_last(points)
    rank = counts_not_above(ordered, points, xp=xp) - 1
    if weights is None:
        levels = _uniform_levels(points, xp=xp)
    else:
        # Those of one place add up at the last of their ranks, so that no order among them is needed.
        levels = xp.cumulative_sum(summed_last(rank[..., None], weights[..., None], points.shape[-1]), axis=-1)
    at_points = xp.where(points == points, taken(levels, rank, xp=xp), xp.nan)  # NaN has a rank, being sorted last
    return RankCumulative(at_points, ordered, taken(levels, counts_not_above(ordered, ordered, xp=xp) - 1, xp=xp))


def _by_order(points: np.ndarray, weights: np.ndarray | None, *, xp: Any) -> RankCumulative:
    """Do the same by the order of the points, which NumPy finds in a tenth of the time of looking ranks up."""
    order = np.argsort(points, axis=-1)
    ordered = np.take_along_axis(points, order, axis=-1)
    if weights is None:
        levels = np.broadcast_to(_uniform_levels(points, xp=xp), points.shape)
    else:
        levels = np.cumsum(np.take_along_axis(np.broadcast_to(weights, points.shape), order, axis=-1), axis=-1)
    if (ordered[..., 1:] == ordered[..., :-1]).any():
        levels = taken(levels, counts_not_above(ordered, ordered, xp=xp) - 1, xp=xp)
    at_points = np.empty_like(points)
    np.put_along_axis(at_points, order, levels.astype(points.dtype, copy=False), axis=-1)
    return RankCumulative(at_points, ordered, levels)


def _between(queries: Any, ordered: Any, levels: Any, *, xp: Any) -> Any:
    between = interpolated(queries, ordered, levels, xp=xp)
    zero = xp.zeros_like(between)
    return xp.where(queries < ordered[..., :1], zero, xp.where(queries > ordered[..., -1:], zero + 1, between))


def _uniform_levels(points: Any, *, xp: Any) -> Any:
    count = points.shape[-1]
    return xp.arange(1, count + 1, dtype=points.dtype) / (count + 1)
