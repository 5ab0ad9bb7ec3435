"""Neighbouring mesh pixels have similar values, less so where the source is bright."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import NON_NEGATIVE, Requirement
from ..mapper import Mapper
from ._neighbors import difference_terms, of_neighbors, ordered_pairs
from ._signals import adapted_coefficient
from .abstract import AbstractRegularization, SparseTerms, frozen


@final
class Adapt(AbstractRegularization):
    r"""Neighbouring mesh pixels have similar values, to a degree that follows the brightness of the source.

    :math:`s^T H s = \sum c_j^4 (s_i - s_j)^2 + 10^{-8} \sum s_i^2`, the first sum over all ordered pairs of neighbours: over
    (i, j) and over (j, i).

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
        If a parameter breaks its requirement; where it is traced, the matrix is NaN instead. If there is no `adapt_data`.

    Notes
    -----
    This is autolens's scheme, where coefficients go with their fourth power and pairs count twice: with equal coefficients
    :math:`\lambda` it is twice a `Constant` of :math:`\lambda^2`. `AdaptPower` has neither of that.

    References
    ----------
    Nightingale, Dye and Massey 2018, MNRAS 478, 4738.

    Examples
    --------
    >>> import lensarrays as la
    >>> la.reg.Adapt(inner_coefficient=0.5, outer_coefficient=2.0, signal_scale=1.5).needs_adapt_data
    True
    """

    inner_coefficient: Any = eqx.field(default=1.0, converter=frozen)
    outer_coefficient: Any = eqx.field(default=1.0, converter=frozen)
    signal_scale: Any = eqx.field(default=1.0, converter=frozen)

    needs_adapt_data: ClassVar[bool] = True
    requirements: ClassVar[dict[str, Requirement]] = {
        "inner_coefficient": NON_NEGATIVE,
        "outer_coefficient": NON_NEGATIVE,
        "signal_scale": NON_NEGATIVE,
    }

    def terms_from(self, mapper: Mapper, adapt_data: Any = None) -> SparseTerms:
        xp, coefficient = adapted_coefficient(self, mapper, adapt_data)
        pairs, exists = ordered_pairs(mapper, xp=xp)
        _, of_second = of_neighbors(coefficient, pairs, xp=xp)
        return difference_terms(pairs, of_second**4, exists, mapper.pixels, xp=xp)
