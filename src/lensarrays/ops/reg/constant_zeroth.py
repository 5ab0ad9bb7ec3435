"""Neighbouring mesh pixels have similar values, and all of them small ones."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import NON_NEGATIVE, Requirement
from ..mapper import Mapper
from ._coefficients import library_of, number_of
from ._neighbors import FLOOR, difference_terms, edges, log_det_of_laplacian
from .abstract import AbstractRegularization, SparseTerms, frozen


@final
class ConstantZeroth(AbstractRegularization):
    r"""Neighbouring mesh pixels have similar values, and all of them small ones.

    `Constant` and `Zeroth` together: :math:`s^T H s = \lambda^2 \sum (s_i - s_j)^2 + (\lambda_0^2 + 10^{-8}) \sum s_i^2`.

    Parameters
    ----------
    coefficient_neighbor : float or array, shape (...)
        The coefficient :math:`\lambda` of the differences, not negative.
    coefficient_zeroth : float or array, shape (...)
        The coefficient :math:`\lambda_0` of the values, not negative.

    Raises
    ------
    ValueError
        If a coefficient is negative or not finite; where it is traced, the matrix is NaN instead.

    Examples
    --------
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(4, 4), pixel_scales=1.0, over_sample_size=1)
    >>> mapper = la.mesh.RectangularUniform(shape=(3, 3)).mapper_from(grid.values, mask=grid.mask, over_sample_size=1)
    >>> la.reg.ConstantZeroth(2.0, 3.0).regularization_matrix_from(mapper).round(6)[0]
    array([17., -4.,  0., -4.,  0.,  0.,  0.,  0.,  0.])
    """

    coefficient_neighbor: Any = eqx.field(default=1.0, converter=frozen)
    coefficient_zeroth: Any = eqx.field(default=1.0, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {"coefficient_neighbor": NON_NEGATIVE, "coefficient_zeroth": NON_NEGATIVE}

    def terms_from(self, mapper: Mapper, adapt_data: Any = None) -> SparseTerms:
        xp = library_of(self, mapper)
        neighbor, zeroth = (number_of(self, name, mapper, xp=xp) ** 2 for name in self.requirements)
        pairs, exists = edges(mapper, xp=xp)
        terms = difference_terms(pairs, neighbor[..., None], exists, mapper.pixels, xp=xp)
        diagonal = terms.diagonal + zeroth[..., None]
        log_det = log_det_of_laplacian(neighbor, zeroth + FLOOR, mapper.shape_native, xp=xp)
        return terms._replace(diagonal=diagonal, log_det=log_det)
