"""What an inversion on the host asks of data, answered for visibilities: see `Operator` for those of images."""

from collections.abc import Hashable
from typing import Any, final

import numpy as np

from ...structures import Mask2D
from ..inversion._scratch import Scratch
from ..inversion.operator import LightSystem
from .operator import VisibilityOperator, operator_from
from .problem import VisibilityProblem


@final
class Observation:
    """Visibilities that are fitted: `image` is always their weighted dirty image, (n,); chi squared of no model is left out.

    So chi squared is what a model adds to the data term, which is negative where it fits, and is known to as many digits as the
    data term: there are no residuals at hand that would say more.
    """

    def __init__(self, operator: VisibilityOperator):
        self._operator = operator

    @property
    def scratch(self) -> Scratch:
        """Memory that is used again."""
        return self._operator.scratch

    @property
    def solutions(self) -> dict[Hashable, Any]:
        """The last solutions."""
        return self._operator.solutions

    def light_system(self, columns: np.ndarray, image: np.ndarray) -> LightSystem:
        """Return what light alone, (g, n), has to do with the data."""
        rows = self.scratch.lend(*columns.shape)  # it will be taken back
        if len(columns):
            rows[:] = self._operator.products(columns)
        return LightSystem(rows, columns @ rows.T, columns @ image, 0.0)

    def is_cancelled(self, chi_squared: float, energy: float) -> bool:
        """Return that there is no other way to compute chi squared."""
        return False

    def seen(self, images: np.ndarray, image: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Return images (r, n), and W times them.

        The first one is, if data are given, minus the model, and what is gathered of the data less the model.
        """
        gathered = self._operator.products(images)
        if image is not None:
            images[0] *= -1
            gathered[0] = image - gathered[0]
        return images, gathered

    def curvature(self, pointer: np.ndarray, indexes: np.ndarray, weights: np.ndarray, pixels: int) -> np.ndarray:
        """Return F = T' W T, (s, s); only its upper triangle is set."""
        return self._operator.curvature(pointer, indexes, weights, pixels)

    def curvature_adjoint(
        self, pointer: np.ndarray, indexes: np.ndarray, weights: np.ndarray, pixels: int, cotangent: np.ndarray
    ) -> np.ndarray:
        """Return the derivatives of the sum of the products of F and a symmetric matrix by the weights."""
        return self._operator.curvature_adjoint(pointer, indexes, weights, pixels, cotangent)

    def cross(self, rows: np.ndarray, pointer: np.ndarray, indexes: np.ndarray, weights: np.ndarray, pixels: int) -> np.ndarray:
        """Return what each mesh pixel gathers of images (g, n), shape (g, s)."""
        if not len(rows):
            return np.zeros((0, pixels))
        per_entry = np.repeat(np.arange(len(pointer) - 1), np.diff(pointer))
        return np.stack([np.bincount(indexes, row[per_entry] * weights, pixels) for row in rows])

    def data_vector(
        self, pointer: np.ndarray, indexes: np.ndarray, weights: np.ndarray, pixels: int, image: np.ndarray
    ) -> np.ndarray:
        """Return what each mesh pixel gathers of the weighted dirty image, (s,)."""
        return self.cross(image[None], pointer, indexes, weights, pixels)[0]


def observation_of(problem: VisibilityProblem, mask: Mask2D, *, dense: bool) -> Observation | None:
    """Return the observation of a problem in NumPy arrays, or None if it cannot be fitted."""
    compact = np.asarray(problem.compact, dtype=np.float64)
    hankel = None if problem.hankel is None else np.asarray(problem.hankel, dtype=np.float64)
    if not all(np.isfinite(part).all() for part in (problem.image, compact, hankel) if part is not None):
        return None
    return Observation(operator_from(mask, compact, hankel, dense=dense))
