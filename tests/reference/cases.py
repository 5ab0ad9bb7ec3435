"""What autolens 2026.10.26.1 was asked, written so that the test asks us the same: one function per case, of either library."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Library:
    """A library under comparison, and how it makes arrays; its public names are attributes.

    `options` is passed to the constructors that are given no array: for ours on JAX, `xp=jnp`.
    """

    module: ModuleType
    asarray: Callable[[Any], Any]
    options: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)


@dataclass(frozen=True)
class Case:
    """A question to both libraries. Where ours has another name or another type, `ours` says how we are asked."""

    theirs: Callable[[Any], Any]
    ours: Callable[[Library], Any]
    rtol: float | None = None  # looser than the promise, with the reason beside the case


def same(theirs: Callable[[Any], Any], **options: Any) -> Case:
    """Return the case of a question that is written the same for both."""
    return Case(theirs, theirs, **options)


def plain(result: Any) -> np.ndarray:
    """Return the numbers of any result: a structure, an array, a number, or a list or tuple of them."""
    if isinstance(result, (list, tuple)):
        return np.asarray([plain(part) for part in result])
    return np.asarray(result.array if hasattr(result, "array") else result)


BLOB = np.array(  # rows of a mask with a hole, a lone pixel, and pixels on the edge of the frame; True is masked
    [
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        [1, 1, 1, 0, 0, 0, 0, 1, 1, 1],
        [1, 1, 0, 0, 0, 0, 0, 1, 1, 1],
        [1, 1, 0, 0, 1, 0, 0, 0, 1, 1],
        [1, 1, 0, 0, 0, 0, 0, 0, 1, 0],
        [1, 1, 1, 0, 0, 0, 1, 1, 1, 1],
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1, 1, 0, 1, 1, 1],
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    ],
    dtype=bool,
)
ROUND = {"shape_native": (12, 13), "radius": 1.25, "pixel_scales": (0.4, 0.3), "origin": (0.3, -0.2), "centre": (0.15, -0.1)}
RING = {"shape_native": (11, 12), "inner_radius": 0.5, "outer_radius": 1.5, "pixel_scales": 0.25}


def blob(la: Any) -> Any:
    return la.Mask2D(mask=BLOB, pixel_scales=(0.5, 0.25), origin=(0.1, -0.3))


def square_blob(la: Any) -> Any:
    return la.Mask2D(mask=BLOB, pixel_scales=0.5)


def disc(la: Any) -> Any:
    return la.Mask2D.circular(**ROUND)


def ring(la: Any) -> Any:
    return la.Mask2D.circular_annular(**RING)


MASKS = {"blob": blob, "disc": disc, "ring": ring}


def ramp(count: int, seed: int = 0) -> np.ndarray:
    """Return `count` positive numbers without a pattern, the same everywhere: no generator's stream is relied on."""
    k = np.arange(1.0, count + 1.0) + 37.0 * seed
    return 1.5 + np.sin(12.9898 * k) + 0.3 * np.cos(4.1414 * k)


def image(la: Any, mask: Any, seed: int = 0) -> Any:
    """Return an Array2D on `mask`."""
    return la.Array2D(values=la.asarray(ramp(int(mask.pixels_in_mask), seed)), mask=mask)


def grid(la: Any, mask: Any, over_sample_size: Any = 2) -> Any:
    """Return the coordinates of a mask's pixels."""
    return la.Grid2D.from_mask(mask=mask, over_sample_size=over_sample_size, **la.options)


def points(la: Any) -> Any:
    """Return coordinates that are on no grid."""
    return la.Grid2DIrregular(values=la.asarray(POINTS))


POINTS = np.array([[0.7, -0.45], [-1.1, 0.35], [0.05, 1.3], [1.6, 0.9], [-0.25, -0.8]])
