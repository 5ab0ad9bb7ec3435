"""What all light profiles have in common."""

import abc
from typing import Any

from .._evaluate import scalar_from
from .._profile import AbstractProfile


class AbstractLightProfile(AbstractProfile):
    """A surface brightness on the sky."""

    @abc.abstractmethod
    def _image(self, y: Any, x: Any, *, xp: Any) -> Any:
        """Return the surface brightness (..., n) at coordinates (..., n)."""

    def image_2d_from(self, grid: Any) -> Any:
        """Return the image of the profile.

        Parameters
        ----------
        grid : Grid2D or Grid2DIrregular of shape (..., n, 2) [arcsec]

        Returns
        -------
        Array2D or ArrayIrregular of shape (..., n) [unit of `intensity`]
            On a Grid2D it is the mean over the sub-pixels of each pixel.

        Raises
        ------
        TypeError
            If `grid` is neither.
        """
        return scalar_from(self._image, grid, self, over_sampled=True)
