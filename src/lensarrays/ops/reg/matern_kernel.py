"""Mesh pixels are correlated by a Matern function of their distance."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import NON_NEGATIVE, POSITIVE, Requirement
from ..mapper import Mapper
from ._coefficients import library_of, number_of
from ._kernel import distances, per_matrix, scaled_inverse, with_jitter
from ._matern import LARGEST_NU, matern
from .abstract import AbstractRegularization, DenseTerms, frozen

_NU = Requirement(
    f"from 0.05 to {LARGEST_NU:g}", lambda v: (v >= 0.05) & (v <= LARGEST_NU), "a Gaussian kernel is the limit of a large one"
)


@final
class MaternKernel(AbstractRegularization):
    r"""The source is a Gaussian process with a Matern covariance, between an exponential one and a Gaussian.

    :math:`H = \lambda (C + \epsilon I)^{-1}` with
    :math:`C_{ij} = 2^{1 - \nu} z^\nu K_\nu(z) / \Gamma(\nu)`, :math:`z = \sqrt{2 \nu} d_{ij} / \ell` for mesh pixels at
    distances d.

    Parameters
    ----------
    coefficient : float or array, shape (...)
        The coefficient :math:`\lambda`, not negative: one over the variance of the source.
    scale : float or array, shape (...) [arcsec]
        The length :math:`\ell`, positive.
    nu : float or array, shape (...)
        The smoothness :math:`\nu`, from 0.05 to 10; 0.5 is an exponential. For 0.5, 1.5 and 2.5, where they are not traced,
        there are closed forms, which are much faster.
    jitter : float or array, shape (...)
        The number :math:`\epsilon`, not negative, that keeps the covariance positive definite.

    Raises
    ------
    ValueError
        If a parameter breaks its requirement, or the covariance is not positive definite; where that is traced, the matrix is
        NaN instead.

    References
    ----------
    Rasmussen and Williams, *Gaussian Processes for Machine Learning* (2006), equation 4.14; Vernardos and Koopmans 2022, MNRAS
    516, 1347.

    Examples
    --------
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(4, 4), pixel_scales=1.0, over_sample_size=1)
    >>> mapper = la.mesh.RectangularUniform(shape=(3, 3)).mapper_from(grid.values, mask=grid.mask, over_sample_size=1)
    >>> la.reg.MaternKernel(scale=0.5, nu=1.5).regularization_matrix_from(mapper).shape
    (9, 9)
    """

    coefficient: Any = eqx.field(default=1.0, converter=frozen)
    scale: Any = eqx.field(default=1.0, converter=frozen)
    nu: Any = eqx.field(default=0.5, converter=frozen)
    jitter: Any = eqx.field(default=1e-8, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {
        "coefficient": NON_NEGATIVE,
        "scale": POSITIVE,
        "nu": _NU,
        "jitter": NON_NEGATIVE,
    }

    def terms_from(self, mapper: Mapper, adapt_data: Any = None) -> DenseTerms:
        xp = library_of(self, mapper)
        coefficient, scale, nu, jitter = (number_of(self, name, mapper, xp=xp) for name in self.requirements)
        covariance = matern(distances(mapper, xp=xp) / per_matrix(scale), per_matrix(nu), self.nu, xp=xp)
        return DenseTerms(*scaled_inverse(with_jitter(covariance, jitter, xp=xp), coefficient, xp=xp))
