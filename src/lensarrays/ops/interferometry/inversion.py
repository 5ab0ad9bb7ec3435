"""The solution of the linear part of a model of visibilities: intensities of light profiles, and sources on meshes."""

import itertools
import math
from collections.abc import Sequence
from typing import Any, TypeAlias, final

import equinox as eqx
import jax
import numpy as np

from ... import _check
from ..._backend import namespace
from ...structures import Array2D
from ..argument_types import check_array, check_types
from ..inversion.abstract import AbstractInversion
from ..inversion.checks import check_parts, check_solved, checked_diagonal, joined_zeroed
from ..inversion.evidence import EvidenceTerms
from ..inversion.inversion import usable_where
from ..inversion.problem import Setting, joined_tables, joined_terms
from ..mapper import Mapper
from .methods import DenseWTilde, FourierWTilde, StridedWTilde
from .problem import VisibilityProblem
from .w_tilde import WTilde

InterferometerInversionMethod: TypeAlias = StridedWTilde | DenseWTilde | FourierWTilde


@final
class InterferometerInversion(AbstractInversion):
    """What visibilities are made of: intensities of linear light profiles, and the values of the pixels of sources.

    `interferometer_inversion_from` makes one; a `FitInterferometer` holds it.

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
    weighted_dirty_image : Array2D, shape (..., n)
        What was fitted.
    w_tilde : WTilde
    light_columns : array, shape (..., g, n)
        The light of unit intensity at the used pixels.
    mappers : tuple of Mapper
    method : StridedWTilde, DenseWTilde or FourierWTilde
        How it was done; static.
    """

    light_intensities: Any
    sources: tuple[Any, ...]
    evidence: EvidenceTerms
    kkt_residual: Any
    converged: Any
    weighted_dirty_image: Array2D
    w_tilde: WTilde
    light_columns: Any
    mappers: tuple[Mapper, ...]
    regularization_terms: tuple[Any, ...]
    method: Any = eqx.field(static=True)
    setting: Setting = eqx.field(static=True)

    @property
    def _system(self) -> Any:
        from ._fourier_inversion import system_of

        parts = self.weighted_dirty_image, self.w_tilde, self.light_columns, self.mappers, self.regularization_terms
        return system_of(_problem(*parts), self.setting, FourierWTilde())

    def image_of(self, columns: Any, meshes: Any) -> Array2D:
        """Return the image of some of the columns of light and some of the meshes, given by their numbers."""
        xp = namespace(self.light_intensities, self.light_columns, *self.sources)
        chosen = xp.asarray(np.asarray(list(columns), dtype=int))
        intensities = xp.take(xp.asarray(self.light_intensities), chosen, axis=-1)
        image = xp.sum(intensities[..., None] * xp.take(xp.asarray(self.light_columns), chosen, axis=-2), axis=-2)
        for k in meshes:
            image = image + self.mappers[k].mapped_from(self.sources[k])
        return Array2D(image, self.setting.mask)


def interferometer_inversion_from(
    w_tilde: WTilde,
    weighted_dirty_image: Array2D,
    data_term: Any,
    noise_normalization: Any,
    *,
    light_columns: Any = None,
    mappers: Sequence[Mapper] = (),
    regularization_terms: Sequence[Any] = (),
    zeroed_pixels: Sequence[Any] | None = None,
    use_positive_only_solver: bool = True,
    no_regularization_add_to_curvature_diag_value: float = 1.0e-3,
    method: InterferometerInversionMethod = StridedWTilde(),
) -> InterferometerInversion:
    """Return the intensities of light and the sources that fit visibilities best, and the terms of the evidence.

    No visibility is needed: chi squared of an image m is `data_term` - 2 m'd + m'W m, d being the weighted dirty image. It is
    good to about 1e-14 of the data term.

    Parameters
    ----------
    w_tilde : WTilde
    weighted_dirty_image : Array2D, shape (..., n) [any unit^-1]
        What is fitted: the adjoint transform of the visibilities over the squared noise.
    data_term, noise_normalization : float or array, shape (...)
        Chi squared of no model, and the sum of ln (2 pi sigma^2).
    light_columns : array, shape (..., g, n), optional
        The light of unit intensity of g linear profiles at the used pixels.
    mappers : sequence of Mapper
        The sources, each on a mesh: see `lensarrays.mesh`. Their sub-pixels must be the same.
    regularization_terms : sequence of SparseTerms or DenseTerms
        One for each mapper, as `terms_from` of a scheme of `lensarrays.reg` gives them.
    zeroed_pixels : sequence of (array of bool, shape (s,), or None), optional
        For each mapper the pixels that are held at zero, where the solution is positive-only.
    use_positive_only_solver : bool
        Whether no intensity and no pixel of a source may be negative.
    no_regularization_add_to_curvature_diag_value : float
        What is added to the diagonal of the curvature matrix for linear light, which may be singular.
    method : StridedWTilde, DenseWTilde or FourierWTilde
        How.

    Returns
    -------
    InterferometerInversion

    Raises
    ------
    ValueError
        If the dirty image or W-tilde is not finite, there is nothing to solve for, shapes do not fit, a mesh has more pixels
        than there are in the mask, or a matrix is singular. Where values are traced and cannot be looked at, `converged` is
        False and the log evidence -inf.
    TypeError
        If an argument is of another kind.

    References
    ----------
    D. Powell et al., MNRAS 501, 515 (2021), section 2; S. H. Suyu et al., MNRAS 371, 983 (2006), equation 19, for the evidence.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> mask = la.Mask2D.all_false(shape_native=(2, 2), pixel_scales=1.0)
    >>> w_tilde = la.WTilde.from_compact(np.asarray([[0.0, 100.0, 0.0], [0.0, 0.0, 0.0]]), mask)
    >>> dirty_image = la.Array2D([100.0, 200.0, 300.0, 200.0], mask)
    >>> columns = np.asarray([[1.0, 2.0, 3.0, 2.0]])
    >>> inversion = la.inversion.interferometer_inversion_from(w_tilde, dirty_image, 1800.0, 0.0, light_columns=columns)
    >>> inversion.light_intensities.round(5)
    array([1.])
    """
    check_types(w_tilde=(w_tilde, WTilde), weighted_dirty_image=(weighted_dirty_image, Array2D))
    check_types(method=(method, InterferometerInversionMethod))
    _check_data(w_tilde, weighted_dirty_image)
    _check_numbers(data_term=data_term, noise_normalization=noise_normalization)
    mappers, terms = tuple(mappers), tuple(regularization_terms)
    xp = namespace(*jax.tree_util.tree_leaves((w_tilde, weighted_dirty_image, data_term, light_columns, mappers, terms)))
    if light_columns is None:
        light_columns = xp.zeros((0, weighted_dirty_image.mask.pixels_in_mask), dtype=weighted_dirty_image.dtype)
    _check_columns(light_columns, weighted_dirty_image.mask.pixels_in_mask)
    check_parts(weighted_dirty_image, None, light_columns, mappers, terms)
    setting = Setting(
        weighted_dirty_image.mask,
        mappers[0].over_sample_size if mappers else 1,
        sum(mapper.pixels for mapper in mappers),
        joined_zeroed(zeroed_pixels, mappers),
        _check.flag(use_positive_only_solver, "use_positive_only_solver"),
        checked_diagonal(no_regularization_add_to_curvature_diag_value),
    )
    solved = method.solve(_problem(weighted_dirty_image, w_tilde, light_columns, mappers, terms), setting)
    check_solved(solved)
    bounds = np.cumsum([0, *(mapper.pixels for mapper in mappers)])
    chi_squared = xp.asarray(data_term) + xp.asarray(solved.chi_squared)
    inversion = InterferometerInversion(
        light_intensities=solved.light,
        sources=tuple(solved.source[..., a:b] for a, b in itertools.pairwise(bounds)),
        evidence=EvidenceTerms(chi_squared, solved[3], solved[4], solved[5], xp.asarray(noise_normalization)),
        kkt_residual=solved.kkt_residual,
        converged=solved.converged,
        weighted_dirty_image=weighted_dirty_image,
        w_tilde=w_tilde,
        light_columns=light_columns,
        mappers=mappers,
        regularization_terms=terms,
        method=method,
        setting=setting,
    )
    return usable_where(inversion, solved.converged)


def _problem(image: Array2D, w_tilde: WTilde, columns: Any, mappers: tuple[Mapper, ...], terms: tuple) -> VisibilityProblem:
    xp = namespace(*jax.tree_util.tree_leaves((image, w_tilde, columns, mappers, terms)))
    indexes, weights = joined_tables(mappers, image)
    joined = joined_terms(terms) if terms else None
    compact, hankel = (None if part is None else xp.asarray(part) for part in (w_tilde.compact, w_tilde.hankel))
    return VisibilityProblem(xp.asarray(image.values), compact, hankel, xp.asarray(columns), indexes, weights, joined)


def _check_data(w_tilde: WTilde, image: Array2D) -> None:
    if image.mask != w_tilde.real_space_mask:
        raise ValueError(
            f"`weighted_dirty_image` must be on the mask of `w_tilde`, {w_tilde.real_space_mask!r}, but is on {image.mask!r}; "
            f"make both of one dataset."
        )
    _check.finite(image.values, "weighted_dirty_image")
    for name in ("compact", "hankel"):
        table = getattr(w_tilde, name)
        total = 0.0 if table is None else namespace(table).sum(table)  # one pass, which copies nothing
        if _check.is_concrete(total) and not math.isfinite(total):
            _check.finite(table, f"w_tilde.{name}", "look for NaN in the baselines and in the noise that it was made of")


def _check_numbers(**values: Any) -> None:
    for name, value in values.items():
        if isinstance(value, bool) or not (isinstance(value, (int, float)) or hasattr(value, "dtype")):
            raise TypeError(
                f"`{name}` must be a real number or an array of them, but is {value!r}; take that of an `Interferometer`."
            )


def _check_columns(columns: Any, pixels: int) -> None:
    check_array(columns, "light_columns")
    if columns.ndim < 2 or columns.shape[-1] != pixels:
        raise ValueError(
            f"`light_columns` must have shape (..., g, {pixels}), one value for each used pixel, but has "
            f"{tuple(columns.shape)}; evaluate the profiles at these."
        )
