"""The source is flat around every mesh pixel, and zero where it is faint; coefficients go with their square."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import NON_NEGATIVE, POSITIVE, Requirement
from ..mapper import Mapper
from ._diagonal import darkness
from ._signals import adapted_coefficient, to_the_power
from ._split import check_split, split_terms
from .abstract import AbstractRegularization, SparseTerms, frozen


@final
class AdaptSplitZerothPower(AbstractRegularization):
    r"""The source is flat around every mesh pixel and small, the more so the fainter it is.

    `AdaptSplitPower` and `BrightnessZeroth` together, with a power of the signals of its own for each.

    Parameters
    ----------
    zeroth_coefficient : float or array, shape (...)
        The coefficient of the values of mesh pixels without signal, not negative.
    zeroth_signal_scale : float or array, shape (...)
        The power that their signals are raised to, not negative.
    inner_coefficient : float or array, shape (...)
        The coefficient where the signal is largest, not negative.
    outer_coefficient : float or array, shape (...)
        The coefficient where there is no signal, not negative.
    signal_scale : float or array, shape (...)
        The power that signals are raised to, not negative: a large one makes more of the source count as faint.
    power : float or array, shape (...)
        The power p that c is raised to before it is squared, positive.

    Raises
    ------
    ValueError
        If a parameter breaks its requirement; where it is traced, the matrix is NaN instead. If there is no `adapt_data`, or
        the mapper has no split points.

    Examples
    --------
    >>> import lensarrays as la
    >>> la.reg.AdaptSplitZerothPower(zeroth_coefficient=0.5).needs_adapt_data
    True
    """

    zeroth_coefficient: Any = eqx.field(default=1.0, converter=frozen)
    zeroth_signal_scale: Any = eqx.field(default=1.0, converter=frozen)
    inner_coefficient: Any = eqx.field(default=1.0, converter=frozen)
    outer_coefficient: Any = eqx.field(default=1.0, converter=frozen)
    signal_scale: Any = eqx.field(default=1.0, converter=frozen)
    power: Any = eqx.field(default=1.0, converter=frozen)

    needs_adapt_data: ClassVar[bool] = True
    needs_split: ClassVar[bool] = True
    requirements: ClassVar[dict[str, Requirement]] = {
        "zeroth_coefficient": NON_NEGATIVE,
        "zeroth_signal_scale": NON_NEGATIVE,
        "inner_coefficient": NON_NEGATIVE,
        "outer_coefficient": NON_NEGATIVE,
        "signal_scale": NON_NEGATIVE,
        "power": POSITIVE,
    }

    def terms_from(self, mapper: Mapper, adapt_data: Any = None) -> SparseTerms:
        check_split(self, mapper)
        xp, coefficient = adapted_coefficient(self, mapper, adapt_data)
        terms = split_terms(to_the_power(coefficient, self, mapper, xp=xp), mapper, xp=xp)
        zeroth = darkness(self, ("zeroth_coefficient", "zeroth_signal_scale"), mapper, adapt_data, xp=xp)
        return terms._replace(diagonal=terms.diagonal + zeroth)
