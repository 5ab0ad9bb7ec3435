"""Neighbouring mesh pixels have similar values."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import NON_NEGATIVE, Requirement
from ..mapper import Mapper
from ._coefficients import library_of, number_of
from ._neighbors import FLOOR, difference_terms, edges, log_det_of_laplacian
from .abstract import AbstractRegularization, SparseTerms, frozen


@final
class Constant(AbstractRegularization):
    r"""Neighbouring mesh pixels have similar values, everywhere to the same degree.

    :math:`s^T H s = \lambda^2 \sum (s_i - s_j)^2 + 10^{-8} \sum s_i^2`, the first sum over all pairs of neighbours.

    Parameters
    ----------
    coefficient : float or array, shape (...)
        The coefficient :math:`\lambda`, not negative.

    Raises
    ------
    ValueError
        If the coefficient is negative or not finite; where it is traced, the matrix is NaN instead.

    References
    ----------
    Warren and Dye 2003, ApJ 590, 673; Nightingale and Dye 2015, MNRAS 452, 2940.

    Examples
    --------
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(4, 4), pixel_scales=1.0, over_sample_size=1)
    >>> mapper = la.mesh.RectangularUniform(shape=(3, 3)).mapper_from(grid.values, mask=grid.mask, over_sample_size=1)
    >>> la.reg.Constant(coefficient=2.0).regularization_matrix_from(mapper).round(6)[0]
    array([ 8., -4.,  0., -4.,  0.,  0.,  0.,  0.,  0.])
    """

    coefficient: Any = eqx.field(default=1.0, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {"coefficient": NON_NEGATIVE}

    def terms_from(self, mapper: Mapper, adapt_data: Any = None) -> SparseTerms:
        xp = library_of(self, mapper)
        squared = number_of(self, "coefficient", mapper, xp=xp) ** 2
        pairs, exists = edges(mapper, xp=xp)
        terms = difference_terms(pairs, squared[..., None], exists, mapper.pixels, xp=xp)
        log_det = log_det_of_laplacian(squared, xp.full_like(squared, FLOOR), mapper.shape_native, xp=xp)
        return terms._replace(log_det=log_det)
