"""The image mesh whose points are the centres of clusters of bright pixels."""

from typing import Any, final

import equinox as eqx
import numpy as np

from ...structures import Grid2DIrregular, Mask2D
from ...structures.sub_pixels import pixel_centres
from .abstract import AbstractImageMeshWeighted, known_image, weight_arguments

# As autolens has them.
_SEED, _ITERATIONS = 1, 5


@final
class KMeans(AbstractImageMeshWeighted):
    """The centres of clusters of pixels, of which there are more where the image of the source is brighter.

    Pixels are drawn as first centres with probabilities that are their weights times their squared distances from those drawn
    before (k-means++). Then, five times, each centre goes to the weighted mean of the pixels that are nearest to it. The seed
    is fixed, so that the result is too; it differs from autolens's, which draws by scikit-learn.

    Parameters
    ----------
    pixels : int
        How many centres there are.
    weight_floor, weight_power : float
        The weight of a pixel is (abs(image) / its maximum)^weight_power, and at least weight_floor.

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    D. Arthur and S. Vassilvitskii 2007, Proc. 18th ACM-SIAM Symp. on Discrete Algorithms, 1027.

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays import Mask2D
    >>> from lensarrays.ops.image_mesh import KMeans
    >>> mask = Mask2D.circular(shape_native=(40, 40), radius=1.0, pixel_scales=0.05)
    >>> grid = KMeans(pixels=20, weight_power=1.0).image_plane_mesh_grid_from(mask, np.ones(mask.pixels_in_mask))
    >>> grid.values.shape
    (20, 2)
    """

    pixels: int = eqx.field(static=True)
    weight_floor: float = eqx.field(static=True)
    weight_power: float = eqx.field(static=True)

    def __init__(self, pixels: int = 10, weight_floor: float = 0.0, weight_power: float = 0.0):
        self.pixels, self.weight_floor, self.weight_power = weight_arguments(pixels, weight_floor, weight_power)

    def image_plane_mesh_grid_from(self, mask: Mask2D, adapt_data: Any = None) -> Grid2DIrregular:
        from scipy.spatial import cKDTree

        weights = self.weight_map_from(known_image(adapt_data, mask))
        available = np.count_nonzero(weights)
        if self.pixels > available:
            raise ValueError(
                f"`pixels` must be at most the number of pixels of the image that have weight, {available}, but is "
                f"{self.pixels}; lower it, set a `weight_floor`, or use `Hilbert`."
            )
        points = np.asarray(pixel_centres(mask))
        centres = _first_centres(points, weights, self.pixels)
        for _ in range(_ITERATIONS):
            nearest = cKDTree(centres).query(points)[1]
            total = np.bincount(nearest, weights, minlength=self.pixels)
            sums = np.stack([np.bincount(nearest, weights * points[:, k], minlength=self.pixels) for k in range(2)], axis=-1)
            has_weight = total > 0
            centres[has_weight] = sums[has_weight] / total[has_weight, None]
        return Grid2DIrregular(centres)


def _first_centres(points: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """Return points (count, 2), drawn one after the other far from each other."""
    generator, chosen = np.random.default_rng(_SEED), np.empty(count, dtype=int)
    squared = np.ones(len(points))
    for k in range(count):
        cumulative = np.cumsum(weights * squared)
        chosen[k] = np.searchsorted(cumulative, generator.uniform(0.0, cumulative[-1]), side="right")
        distances = np.sum((points - points[chosen[k]]) ** 2, axis=-1)
        squared = distances if k == 0 else np.minimum(squared, distances)
    return points[chosen]
