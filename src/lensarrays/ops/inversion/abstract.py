"""What inversions of all kinds of data have in common."""

import abc
from typing import Any

import equinox as eqx

from ..._backend import namespace
from ...structures import Array2D
from ..mapper import Mapper
from .cholesky import factor_of, solved_by


class AbstractInversion(eqx.Module):
    """What was solved for; its class says for which data, and how it looks in the image plane."""

    light_intensities: eqx.AbstractVar[Any]
    sources: eqx.AbstractVar[tuple[Any, ...]]
    mappers: eqx.AbstractVar[tuple[Mapper, ...]]

    @property
    def reconstruction(self) -> Any:
        """All that was solved for, shape (..., g + s): the intensities, and then the pixels of all meshes."""
        xp = namespace(self.light_intensities, *self.sources)
        return xp.concat([self.light_intensities, *self.sources], axis=-1)

    @property
    def curvature_reg_matrix(self) -> Any:
        """The matrix of the linear system, F + H, shape (..., g + s, g + s), computed anew."""
        return self._system.curvature_reg_matrix

    @property
    def data_vector(self) -> Any:
        """The right-hand side of the linear system, shape (..., g + s), computed anew."""
        return self._system.data_vector

    @property
    @abc.abstractmethod
    def _system(self) -> Any:
        """The linear system, with these two."""

    @property
    def reconstruction_noise_map(self) -> Any:
        """The standard deviations of all that was solved for, shape (..., g + s), computed anew.

        As in autolens they are the roots of the diagonal of the inverse of F + H, so those of the solution of any sign: where
        a positive-only one is zero, it is known better than that.
        """
        factor = factor_of(self.curvature_reg_matrix)
        xp = namespace(factor)
        inverse = solved_by(factor, xp.broadcast_to(xp.eye(factor.shape[-1], dtype=factor.dtype), factor.shape))
        return xp.sqrt(xp.linalg.diagonal(inverse))

    @property
    def mapped_reconstructed_image(self) -> Array2D:
        """The image of all that was solved for, on the mask of the data; if there is a PSF, convolved."""
        return self.image_of(range(self.light_intensities.shape[-1]), range(len(self.mappers)))

    @abc.abstractmethod
    def image_of(self, columns: Any, meshes: Any) -> Array2D:
        """Return the image of some of the columns of light and some of the meshes, given by their numbers."""
