"""The source is flat around every mesh pixel, less so where it is bright."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import NON_NEGATIVE, Requirement
from ..mapper import Mapper
from ._signals import adapted_coefficient
from ._split import check_split, split_terms
from .abstract import AbstractRegularization, SparseTerms, frozen


@final
class AdaptSplit(AbstractRegularization):
    r"""The source is as bright at four points around a mesh pixel as at the pixel, to a degree that follows its brightness.

    :math:`s^T H s = \sum_i c_i^4 \sum_{k = 1}^4 (s_i - s(x_{i k}))^2 + 10^{-8} \sum s_i^2`, with the points of `ConstantSplit`.
    With equal coefficients :math:`\lambda` it is `ConstantSplit` with :math:`\lambda^2`, as in autolens: see `AdaptSplitPower`.

    The coefficient of a pixel is :math:`c = \lambda_\mathrm{in} v + \lambda_\mathrm{out} (1 - v)` with the signal v: the mean
    of `adapt_data` over the sub-pixels of the image that see it, relative to the largest, to the power `signal_scale`.

    Parameters
    ----------
    inner_coefficient : float or array, shape (...)
        The coefficient where the signal is largest, not negative.
    outer_coefficient : float or array, shape (...)
        The coefficient where there is no signal, not negative.
    signal_scale : float or array, shape (...)
        The power that signals are raised to, not negative: a large one makes more of the source count as faint.

    Raises
    ------
    ValueError
        If a parameter breaks its requirement; where it is traced, the matrix is NaN instead. If there is no `adapt_data`, or
        the mapper has no split points.

    Examples
    --------
    >>> import lensarrays as la
    >>> la.reg.AdaptSplit(inner_coefficient=0.5, outer_coefficient=2.0).needs_adapt_data
    True
    """

    inner_coefficient: Any = eqx.field(default=1.0, converter=frozen)
    outer_coefficient: Any = eqx.field(default=1.0, converter=frozen)
    signal_scale: Any = eqx.field(default=1.0, converter=frozen)

    needs_adapt_data: ClassVar[bool] = True
    needs_split: ClassVar[bool] = True
    requirements: ClassVar[dict[str, Requirement]] = {
        "inner_coefficient": NON_NEGATIVE,
        "outer_coefficient": NON_NEGATIVE,
        "signal_scale": NON_NEGATIVE,
    }

    def terms_from(self, mapper: Mapper, adapt_data: Any = None) -> SparseTerms:
        check_split(self, mapper)
        xp, coefficient = adapted_coefficient(self, mapper, adapt_data)
        return split_terms(coefficient**2, mapper, xp=xp)
