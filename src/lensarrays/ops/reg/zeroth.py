"""Mesh pixels have small values."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import NON_NEGATIVE, Requirement
from ..mapper import Mapper
from ._coefficients import library_of, number_of
from ._diagonal import diagonal_terms
from .abstract import AbstractRegularization, SparseTerms, frozen


@final
class Zeroth(AbstractRegularization):
    r"""Mesh pixels have small values, whatever those of their neighbours: :math:`H = \lambda^2 I`.

    With a coefficient of zero the matrix is singular, and its log determinant minus infinity.

    Parameters
    ----------
    coefficient : float or array, shape (...)
        The coefficient :math:`\lambda`, not negative.

    Raises
    ------
    ValueError
        If the coefficient is negative or not finite; where it is traced, the matrix is NaN instead.

    Examples
    --------
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(4, 4), pixel_scales=1.0, over_sample_size=1)
    >>> mapper = la.mesh.RectangularUniform(shape=(3, 3)).mapper_from(grid.values, mask=grid.mask, over_sample_size=1)
    >>> la.reg.Zeroth(coefficient=2.0).regularization_matrix_from(mapper)[0]
    array([4., 0., 0., 0., 0., 0., 0., 0., 0.])
    """

    coefficient: Any = eqx.field(default=1.0, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {"coefficient": NON_NEGATIVE}

    def terms_from(self, mapper: Mapper, adapt_data: Any = None) -> SparseTerms:
        xp = library_of(self, mapper)
        squared = number_of(self, "coefficient", mapper, xp=xp) ** 2
        return diagonal_terms(squared[..., None] + xp.zeros((mapper.pixels,), dtype=squared.dtype), mapper, xp=xp)
