"""Where light is evaluated for an image that is then blurred, in an order in which means over sub-pixels cost little."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .._backend import is_jax, readonly
from ..structures import Grid2D, Mask2D, StaticArray
from ..structures.sub_pixels import sizes_per_pixel


class PixelGroup(NamedTuple):
    """Pixels with one over-sampling: all their first sub-pixels, then all their second ones, and so on."""

    start: int  # the place of the first of their points
    pixels: int
    size: int  # sub-pixels along a side


class LightPoints(NamedTuple):
    """The sub-pixels of the n used pixels of an image, and the centres of the b blurring pixels, as seen by us [arcsec].

    With the sub-pixels of a pixel far apart, a mean over them is a sum of long rows, which processors do many at a time.
    """

    y: np.ndarray  # shape (places,)
    x: np.ndarray
    groups: tuple[PixelGroup, ...]
    pixels: np.ndarray  # at each place among the pixels of all groups, which of the n + b pixels it is
    order: np.ndarray | None  # the place of each of the n + b pixels among those of all groups; None if it is the same

    def means(self, values: Any, *, xp: Any) -> Any:
        """Return the means (..., n + b) over sub-pixels of values (..., places)."""
        return self.means_of(lambda values: values, values, xp=xp)

    def means_of(self, function: Callable[..., Any], *arrays: Any, xp: Any) -> Any:
        """Return the means (..., n + b) of what a function makes of arrays (..., places), over sub-pixels.

        It is called for each group, so that no values of all places are in memory at once.
        """
        means = []
        for start, pixels, size in self.groups:
            own = function(*(array[..., start : start + pixels * size**2] for array in arrays))
            means.append(xp.mean(xp.reshape(own, (*own.shape[:-1], size**2, pixels)), axis=-2) if size > 1 else own)
        joined = means[0] if len(means) == 1 else xp.concat(means, axis=-1)
        return joined if self.order is None else _permuted(joined, self.order, xp=xp)


def _permuted(values: Any, order: np.ndarray, *, xp: Any) -> Any:
    """Return values (..., p) in another order.

    The transpose of a gather is a scatter to JAX, which knows no permutations, and takes several times as long. It does know
    that equations have transposes.
    """
    if not is_jax(values):
        return xp.take(values, xp.asarray(order), axis=-1)
    from jax.lax import custom_linear_solve

    inverse = np.argsort(order)

    def put(values: Any) -> Any:
        return xp.take(values, inverse, axis=-1)

    return custom_linear_solve(put, values, lambda _, b: xp.take(b, order, axis=-1), lambda _, b: put(b))


@functools.lru_cache(maxsize=4)
def light_points(mask: Mask2D, over_sample_size: int | StaticArray, blurring_mask: Mask2D | None) -> LightPoints:
    """Return the points of an image, and of the pixels around it that are blurred into it; they are static, and kept."""
    own = Grid2D.from_mask(mask, over_sample_size).over_sampled.values
    around = np.empty((0, 2)) if blurring_mask is None else Grid2D.from_mask(blurring_mask).values
    points = np.concatenate([own, around])
    sizes = np.concatenate([sizes_per_pixel(over_sample_size, mask.pixels_in_mask), np.ones(len(around), dtype=int)])
    first = np.cumsum(sizes**2) - sizes**2
    groups, place, pixels, start = [], [], [], 0
    distinct, seen = np.unique(sizes, return_index=True)
    for size in map(int, distinct[np.argsort(seen)]):
        here = np.flatnonzero(sizes == size)
        place.append((first[here] + np.arange(size**2)[:, None]).ravel())
        pixels.append(here)
        groups.append(PixelGroup(start, here.size, size))
        start += place[-1].size
    y, x = (readonly(np.ascontiguousarray(points[np.concatenate(place), axis])) for axis in range(2))
    joined = np.concatenate(pixels)
    in_order = bool(np.all(joined[1:] > joined[:-1]))
    return LightPoints(y, x, tuple(groups), joined, None if in_order else np.argsort(joined))
