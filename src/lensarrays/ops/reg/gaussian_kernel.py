"""Mesh pixels are correlated by a Gaussian of their distance."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import NON_NEGATIVE, POSITIVE, Requirement
from ..mapper import Mapper
from ._coefficients import library_of, number_of
from ._kernel import log_det, per_matrix, scaled_inverse, squared_distances, with_jitter
from .abstract import AbstractRegularization, DenseTerms, frozen


@final
class GaussianKernel(AbstractRegularization):
    r"""The source is a Gaussian process whose covariance is a Gaussian of distance: a very smooth one.

    :math:`H = \lambda (C + \epsilon I)^{-1} + \delta I` with :math:`C_{ij} = \exp(-d_{ij}^2 / 2 \ell^2)` for mesh pixels at
    distances d. As in autolens :math:`\delta` is :math:`10^{-8}` of the mean of the diagonal.

    Parameters
    ----------
    coefficient : float or array, shape (...)
        The coefficient :math:`\lambda`, not negative: one over the variance of the source.
    scale : float or array, shape (...) [arcsec]
        The length :math:`\ell`, positive.
    jitter : float or array, shape (...)
        The number :math:`\epsilon`, not negative, that keeps the covariance positive definite.

    Raises
    ------
    ValueError
        If a parameter breaks its requirement, or the covariance is not positive definite; where that is traced, the matrix is
        NaN instead.

    References
    ----------
    Vernardos and Koopmans 2022, MNRAS 516, 1347.

    Examples
    --------
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(4, 4), pixel_scales=1.0, over_sample_size=1)
    >>> mapper = la.mesh.RectangularUniform(shape=(3, 3)).mapper_from(grid.values, mask=grid.mask, over_sample_size=1)
    >>> la.reg.GaussianKernel(scale=0.5).regularization_matrix_from(mapper).shape
    (9, 9)
    """

    coefficient: Any = eqx.field(default=1.0, converter=frozen)
    scale: Any = eqx.field(default=1.0, converter=frozen)
    jitter: Any = eqx.field(default=1e-8, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {"coefficient": NON_NEGATIVE, "scale": POSITIVE, "jitter": NON_NEGATIVE}

    def terms_from(self, mapper: Mapper, adapt_data: Any = None) -> DenseTerms:
        xp = library_of(self, mapper)
        coefficient, scale, jitter = (number_of(self, name, mapper, xp=xp) for name in self.requirements)
        covariance = xp.exp(-0.5 * squared_distances(mapper, xp=xp) / per_matrix(scale) ** 2)
        covariance = with_jitter(covariance, jitter, xp=xp)
        matrix, of_inverse = scaled_inverse(covariance, coefficient, xp=xp)
        floor = 1e-8 * xp.mean(xp.linalg.diagonal(matrix), axis=-1)
        # H = C^-1 (coefficient + floor C) has the determinant of a matrix that is far from singular, and that of C^-1.
        relative = floor / xp.where(coefficient > 0, coefficient, xp.ones_like(coefficient))
        correction = log_det(with_jitter(per_matrix(relative) * covariance, xp.ones_like(relative), xp=xp))
        return DenseTerms(with_jitter(matrix, floor, xp=xp), of_inverse + correction)
