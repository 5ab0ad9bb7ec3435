"""The source is flat around every mesh pixel."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import NON_NEGATIVE, Requirement
from ..mapper import Mapper
from ._coefficients import library_of, number_of
from ._split import check_split, split_terms
from .abstract import AbstractRegularization, SparseTerms, frozen


@final
class ConstantSplit(AbstractRegularization):
    r"""The source is as bright at four points around a mesh pixel as at the pixel, everywhere to the same degree.

    :math:`s^T H s = \lambda^2 \sum_i \sum_{p = 1}^4 (s_i - s(x_{i p}))^2 + 10^{-8} \sum s_i^2`, with the source
    :math:`s(x)` interpolated at points above, below, to the right and to the left of each pixel.

    Parameters
    ----------
    coefficient : float or array, shape (...)
        The coefficient :math:`\lambda`, not negative.

    Notes
    -----
    The points are half the root of the area of a pixel away: a third of the area of the triangles that meet there.

    Raises
    ------
    ValueError
        If the coefficient is negative or not finite; where it is traced, the matrix is NaN instead. If the mapper has no split
        points.

    Examples
    --------
    >>> import lensarrays as la
    >>> la.reg.ConstantSplit(coefficient=2.0).needs_split
    True
    """

    coefficient: Any = eqx.field(default=1.0, converter=frozen)

    needs_split: ClassVar[bool] = True
    requirements: ClassVar[dict[str, Requirement]] = {"coefficient": NON_NEGATIVE}

    def terms_from(self, mapper: Mapper, adapt_data: Any = None) -> SparseTerms:
        check_split(self, mapper)
        xp = library_of(self, mapper)
        coefficient = number_of(self, "coefficient", mapper, xp=xp)
        return split_terms(coefficient[..., None] + xp.zeros((mapper.pixels,), dtype=coefficient.dtype), mapper, xp=xp)
