"""What all light profiles have in common."""

import abc
import dataclasses
from typing import Any, ClassVar

import numpy as np

from ..._check import Requirement
from .._evaluate import scalar_from
from .._profile import AbstractProfile, batch_shape


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


class AbstractLinearLightProfile(AbstractLightProfile):
    """Light whose intensity is not a parameter: a fit solves for it. Parameters of shape (b,) stand for b such profiles.

    Its image is that of an intensity of one, of shape (..., b, n) if there are parameters of shape (b,).
    """

    ordinary: ClassVar[type[AbstractLightProfile]]  # that has an intensity, and the same parameters otherwise

    def __check_init__(self) -> None:
        shape = batch_shape(self)
        if len(shape) > 1:
            raise ValueError(
                f"parameters of a linear profile must be numbers or arrays of shape (b,), one number for each of b profiles, "
                f"but together they have shape {shape}; flatten them, and use `jax.vmap` for a batch of models."
            )

    @property
    def total_columns(self) -> int:
        """How many profiles it stands for, each with an intensity of its own."""
        return int(np.prod(batch_shape(self), dtype=int))

    def with_intensity(self, intensity: Any) -> AbstractLightProfile:
        """Return the ordinary profile of the same parameters.

        Parameters
        ----------
        intensity : float or array of shape (b,) [any unit]
            What a fit has solved for.

        Returns
        -------
        light profile of `la.lp`
            If its parameters have shape (b,), put it into a `Basis` for the sum of all b.
        """
        parameters = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return self.ordinary(**parameters, intensity=intensity)

    def _image(self, y: Any, x: Any, *, xp: Any) -> Any:
        if batch_shape(self):
            y, x = y[..., None, :], x[..., None, :]
        return self.with_intensity(1.0)._image(y, x, xp=xp)


def requirements_without_intensity(ordinary: type[AbstractLightProfile]) -> dict[str, Requirement]:
    """Return what the parameters of a linear profile must be: the same as those of the ordinary one."""
    return {name: requirement for name, requirement in ordinary.requirements.items() if name != "intensity"}
