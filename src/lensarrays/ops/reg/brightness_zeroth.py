"""Mesh pixels have small values where the source is faint."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import NON_NEGATIVE, Requirement
from ..mapper import Mapper
from ._coefficients import library_of
from ._diagonal import darkness, diagonal_terms
from ._signals import adapt_image
from .abstract import AbstractRegularization, SparseTerms, frozen


@final
class BrightnessZeroth(AbstractRegularization):
    r"""Mesh pixels have small values where the source is faint: H is diagonal, :math:`H_{ii} = \lambda^2 (1 - v_i)^2`.

    The signal :math:`v_i` is the mean of `adapt_data` over the sub-pixels of the image that see a mesh pixel, relative to the
    largest, to the power `signal_scale`.

    Parameters
    ----------
    coefficient : float or array, shape (...)
        The coefficient :math:`\lambda`, not negative.
    signal_scale : float or array, shape (...)
        The power that signals are raised to, not negative.

    Raises
    ------
    ValueError
        If a parameter breaks its requirement; where it is traced, the matrix is NaN instead. If there is no `adapt_data`.

    Notes
    -----
    Alone it gives no evidence: the brightest pixel has a signal of one and is not regularised, so that H is singular and its
    log determinant minus infinity. It is a part of `AdaptSplitZeroth`, which is not.

    Examples
    --------
    >>> import lensarrays as la
    >>> la.reg.BrightnessZeroth(coefficient=0.5).needs_adapt_data
    True
    """

    coefficient: Any = eqx.field(default=1.0, converter=frozen)
    signal_scale: Any = eqx.field(default=1.0, converter=frozen)

    needs_adapt_data: ClassVar[bool] = True
    requirements: ClassVar[dict[str, Requirement]] = {"coefficient": NON_NEGATIVE, "signal_scale": NON_NEGATIVE}

    def terms_from(self, mapper: Mapper, adapt_data: Any = None) -> SparseTerms:
        adapt_image(self, mapper, adapt_data)
        xp = library_of(self, mapper, adapt_data)
        return diagonal_terms(darkness(self, ("coefficient", "signal_scale"), mapper, adapt_data, xp=xp), mapper, xp=xp)
