"""What fits of all kinds of data have in common: what was solved for, and how probable it is."""

import abc
import math
from typing import Any

import equinox as eqx
import numpy as np

from .. import _check
from .._backend import namespace
from ..ops.mesh.areas import magnification_from
from ._linear_light import LinearColumns, with_intensities
from .tracer import Tracer


class AbstractFit(eqx.Module):
    """A model that is fitted to data; its class says to which, and has a `log_likelihood`."""

    tracer: eqx.AbstractVar[Tracer]
    inversion: eqx.AbstractVar[Any]
    light_members: eqx.AbstractVar[tuple[LinearColumns, ...]]
    source_galaxies: eqx.AbstractVar[tuple[int, ...]]

    @property
    @abc.abstractmethod
    def log_likelihood(self) -> Any:
        """-1/2 (chi squared + noise normalisation)."""

    @property
    def log_likelihood_with_regularization(self) -> Any:
        """-1/2 (chi squared + regularisation term + noise normalisation)."""
        return self._inversion.evidence.log_likelihood_with_regularization

    @property
    def log_evidence(self) -> Any:
        """The log evidence of a source on a mesh, its five terms added up; -inf where there is no solution.

        Raises
        ------
        ValueError
            If no galaxy has a pixelization: linear light alone has no evidence here, as in autolens; or if the matrix of its
            regularisation is singular.
        """
        if not self.source_galaxies:
            raise ValueError(
                "`tracer` must have a galaxy with a pixelization for a log evidence, but has none; use `fit.log_likelihood`, "
                "or `fit.figure_of_merit`, which is either."
            )
        evidence = self._inversion.evidence
        if _check.fails(~self._inversion.converged | (evidence.log_det_regularization_matrix_term > -math.inf)):
            raise ValueError(
                "`regularization` must have a positive definite matrix for a log evidence, but its determinant is zero; use a "
                "scheme that regularises every pixel, such as `la.reg.Constant`, or raise its coefficient."
            )
        return evidence.log_evidence

    @property
    def figure_of_merit(self) -> Any:
        """What a search maximises: the log evidence if a source is on a mesh, else the log likelihood."""
        return self.log_evidence if self.source_galaxies else self.log_likelihood

    @property
    def converged(self) -> Any:
        """Whether what is linear was solved, shape (...), or, where nothing is, whether the likelihood is finite."""
        if self.inversion is not None:
            return self.inversion.converged
        return namespace(self.log_likelihood).isfinite(self.log_likelihood)

    @property
    def _inversion(self) -> Any:
        if self.inversion is None:
            raise ValueError(
                "`tracer` must have linear light or a pixelization for this, but has neither; use profiles of `la.lp_linear`, "
                "or give a galaxy a `Pixelization`."
            )
        return self.inversion

    # What was solved for.

    @property
    def reconstruction(self) -> Any:
        """All that was solved for, shape (..., g + s): the intensities of linear light, and then the pixels of all meshes."""
        return self._inversion.reconstruction

    @property
    def source_reconstructions(self) -> tuple[Any, ...]:
        """The values of the pixels of each mesh, each (..., s), in the order in which the tracer was given the galaxies."""
        return self._inversion.sources

    @property
    def source_reconstruction_noise_maps(self) -> tuple[Any, ...]:
        """The standard deviations of these values: see `reconstruction_noise_map` of the inversion."""
        inversion = self._inversion
        errors = inversion.reconstruction_noise_map[..., inversion.light_intensities.shape[-1] :]
        ends = np.cumsum([mapper.pixels for mapper in inversion.mappers])
        return tuple(errors[..., int(end) - m.pixels : int(end)] for end, m in zip(ends, inversion.mappers, strict=True))

    @property
    def magnifications(self) -> tuple[Any, ...]:
        """The total magnification of each source: its flux in the image, not convolved, over that in its own plane.

        The first is summed over the mask, the second over the pixels of the mesh, of which `pixel_areas_from` gives the areas;
        not for traced values. Where no value may be negative, noise adds flux all over a wide mesh, of which large pixels make
        much: a sum over the pixels that the source is in, with `pixel_areas_from`, is nearer to the truth then.
        """
        return tuple(map(magnification_from, self.source_reconstructions, self._inversion.mappers))

    @property
    def tracer_linear_light_profiles_to_light_profiles(self) -> Tracer:
        """The tracer with an ordinary profile, of the intensity that was found, for each linear one."""
        return with_intensities(self.tracer, self._inversion.light_intensities) if self.light_members else self.tracer
