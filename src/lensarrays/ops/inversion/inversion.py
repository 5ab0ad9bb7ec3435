"""The solution of the linear part of a model: intensities of light profiles, and sources on meshes."""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any, TypeAlias, final

import equinox as eqx
import jax
import numpy as np

from ... import _check
from ..._backend import namespace
from ...structures import Array2D, Kernel2D
from ..argument_types import check_types
from ..convolution import convolve
from ..mapper import Mapper
from .abstract import AbstractInversion
from .checks import are_sound, blurring_mask_of, check_data, check_parts, check_solved, checked_diagonal, joined_zeroed
from .dense import Dense, System
from .evidence import EvidenceTerms, noise_normalization_from
from .host import PrecomputedTiles, Tiles
from .problem import Problem, Setting, joined_tables, joined_terms

InversionMethod: TypeAlias = PrecomputedTiles | Tiles | Dense


@final
class Inversion(AbstractInversion):
    """What an image is made of: intensities of linear light profiles, and the values of the pixels of sources.

    `imaging_inversion_from` makes one; a `FitImaging` holds it.

    Attributes
    ----------
    light_intensities : array, shape (..., g) [unit of the image]
    sources : tuple of arrays, shapes (..., s) [unit of the image]
        The values of the pixels of each mesh.
    evidence : EvidenceTerms
        The five terms of the log evidence.
    kkt_residual : array, shape (...)
        By how much the solution misses the conditions of a minimum, in units in which the diagonal of the matrix and what is
        fitted of the data are about one.
    converged : array of bool, shape (...)
        False if they are missed by more than rounding, or a matrix was not positive definite: the log evidence is -inf then.
    image : Array2D, shape (..., n)
        What was fitted.
    noise_map : Array2D, shape (..., n)
    psf : Kernel2D or None
    light_columns : array, shape (..., g, n + n_blurring)
        The light of unit intensity, not convolved: at the used pixels, and at those that the PSF brings light in from.
    mappers : tuple of Mapper
    method : PrecomputedTiles, Tiles or Dense
        How it was done; static.
    """

    light_intensities: Any
    sources: tuple[Any, ...]
    evidence: EvidenceTerms
    kkt_residual: Any
    converged: Any
    image: Array2D
    noise_map: Array2D
    psf: Kernel2D | None
    light_columns: Any
    mappers: tuple[Mapper, ...]
    regularization_terms: tuple[Any, ...]
    method: Any = eqx.field(static=True)
    setting: Setting = eqx.field(static=True)

    @property
    def _system(self) -> System:
        parts = self.image, self.noise_map, self.psf, self.light_columns, self.mappers, self.regularization_terms
        return Dense().system_of(_problem(*parts), self.setting)

    def image_of(self, columns: Any, meshes: Any) -> Array2D:
        """Return the image, convolved, of some of the columns of light and some of the meshes, given by their numbers."""
        xp = namespace(self.light_intensities, self.light_columns, *self.sources)
        n = self.image.mask.pixels_in_mask
        chosen = xp.asarray(np.asarray(list(columns), dtype=int))
        intensities = xp.take(xp.asarray(self.light_intensities), chosen, axis=-1)
        light = xp.take(xp.asarray(self.light_columns), chosen, axis=-2)
        total = xp.sum(intensities[..., None] * light, axis=-2)
        own, blurring = total[..., :n], total[..., n:]
        for k in meshes:
            own = own + self.mappers[k].mapped_from(self.sources[k])
        image = Array2D(own, self.image.mask)
        if self.psf is None:
            return image
        return convolve(image, self.psf, Array2D(blurring, blurring_mask_of(image, self.psf)))


def imaging_inversion_from(
    image: Array2D,
    noise_map: Array2D,
    psf: Kernel2D | None = None,
    *,
    light_columns: Any = None,
    mappers: Sequence[Mapper] = (),
    regularization_terms: Sequence[Any] = (),
    zeroed_pixels: Sequence[Any] | None = None,
    use_positive_only_solver: bool = True,
    no_regularization_add_to_curvature_diag_value: float = 1.0e-3,
    method: InversionMethod = PrecomputedTiles(),
) -> Inversion:
    """Return the intensities of light and the sources that fit an image best, and the terms of the evidence.

    Parameters
    ----------
    image, noise_map : Array2D, shape (..., n) [any unit]
        What is fitted, and its standard deviations.
    psf : Kernel2D, optional
        Used as it is.
    light_columns : array, shape (..., g, n + n_blurring), optional
        The light of unit intensity of g linear profiles, not convolved: at the used pixels, and then at those of
        `mask.derive_mask.blurring_from(psf.shape_native, allow_padding=True)`, if there is a PSF.
    mappers : sequence of Mapper
        The sources, each on a mesh: see `lensarrays.mesh`. Their sub-pixels must be the same.
    regularization_terms : sequence of SparseTerms or DenseTerms
        As many as there are mappers: what `terms_from` of a regularisation gives.
    zeroed_pixels : sequence of (boolean array of shape (s,), or None), optional
        The pixels of each mesh that are held at zero, where the solution is positive-only; static.
    use_positive_only_solver : bool
        Whether no intensity and no pixel of a source may be negative.
    no_regularization_add_to_curvature_diag_value : float
        What is added to the diagonal of the curvature matrix for linear light, which may be singular.
    method : PrecomputedTiles, Tiles or Dense
        How.

    Returns
    -------
    Inversion

    Raises
    ------
    ValueError
        If the image is not finite, the noise is not positive or the PSF adds up to nothing, there is nothing to solve for,
        shapes do not fit, a mesh has more pixels than there are data, or a matrix is singular. Where values are traced and
        cannot be looked at, `converged` is False and the log evidence -inf.
    TypeError
        If an argument is of another kind.

    References
    ----------
    S. J. Warren and S. Dye, ApJ 590, 673 (2003), equations 3 to 12; S. H. Suyu et al., MNRAS 371, 983 (2006), equation 19, for
    the evidence; J. W. Nightingale and S. Dye, MNRAS 452, 2940 (2015).

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> image = la.Array2D.no_mask([[1.0, 2.0], [3.0, 2.0]], pixel_scales=1.0)
    >>> noise_map = la.Array2D.no_mask([[0.1, 0.1], [0.1, 0.1]], pixel_scales=1.0)
    >>> columns = np.asarray([[1.0, 2.0, 3.0, 2.0]])
    >>> inversion = la.inversion.imaging_inversion_from(image, noise_map, light_columns=columns)
    >>> inversion.light_intensities.round(5)
    array([1.])
    """
    check_types(image=(image, Array2D), noise_map=(noise_map, Array2D), psf=(psf, Kernel2D | None))
    check_types(method=(method, InversionMethod))
    check_data(image, noise_map, psf)
    mappers, terms = tuple(mappers), tuple(regularization_terms)
    xp = namespace(*jax.tree_util.tree_leaves((image, noise_map, psf, light_columns, mappers, terms)))
    if light_columns is None:
        n_blurring = blurring_mask_of(image, psf).pixels_in_mask if psf is not None else 0
        light_columns = xp.zeros((0, image.mask.pixels_in_mask + n_blurring), dtype=image.dtype)
    check_parts(image, psf, light_columns, mappers, terms)
    setting = Setting(
        image.mask,
        mappers[0].over_sample_size if mappers else 1,
        sum(mapper.pixels for mapper in mappers),
        joined_zeroed(zeroed_pixels, mappers),
        _check.flag(use_positive_only_solver, "use_positive_only_solver"),
        checked_diagonal(no_regularization_add_to_curvature_diag_value),
    )
    solved = method.solve(_problem(image, noise_map, psf, light_columns, mappers, terms), setting)
    check_solved(solved)
    bounds = np.cumsum([0, *(mapper.pixels for mapper in mappers)])
    inversion = Inversion(
        light_intensities=solved.light,
        sources=tuple(solved.source[..., a:b] for a, b in itertools.pairwise(bounds)),
        evidence=EvidenceTerms(*solved[2:6], noise_normalization_from(noise_map)),
        kkt_residual=solved.kkt_residual,
        converged=solved.converged,
        image=image,
        noise_map=noise_map,
        psf=psf,
        light_columns=light_columns,
        mappers=mappers,
        regularization_terms=terms,
        method=method,
        setting=setting,
    )
    return usable_where(usable_where(inversion, solved.converged), are_sound(noise_map, psf))


def usable_where(inversion: Any, condition: Any) -> Any:
    """Return an inversion as one that has not converged where a condition, shape (...), does not hold.

    No term means anything there: an infinite one says so to the evidence.
    """
    if isinstance(condition, (bool, np.bool_, np.ndarray)) and np.all(condition):
        return inversion
    evidence, converged = inversion.evidence, inversion.converged
    xp = namespace(evidence.chi_squared, converged, condition)
    infinite = xp.asarray(xp.inf, dtype=evidence.chi_squared.dtype)
    evidence = dataclasses.replace(evidence, chi_squared=xp.where(xp.asarray(condition), evidence.chi_squared, infinite))
    return dataclasses.replace(inversion, evidence=evidence, converged=converged & xp.asarray(condition))


def _problem(
    image: Array2D, noise_map: Array2D, psf: Kernel2D | None, columns: Any, mappers: tuple[Mapper, ...], terms: tuple
) -> Problem:
    xp = namespace(*jax.tree_util.tree_leaves((image, noise_map, psf, columns, mappers, terms)))
    indexes, weights = joined_tables(mappers, image)
    joined = joined_terms(terms) if terms else None
    return Problem(xp.asarray(image.values), xp.asarray(noise_map.values), psf, xp.asarray(columns), indexes, weights, joined)
