"""Terms that compare each mesh pixel with zero."""

from typing import Any

from ..mapper import Mapper
from ._coefficients import number_of, safe_log
from ._signals import signals_of
from .abstract import AbstractRegularization, SparseTerms


def diagonal_terms(diagonal: Any, mapper: Mapper, *, xp: Any) -> SparseTerms:
    """Return a diagonal matrix, (..., s), as a sum of no terms."""
    batch = diagonal.shape[:-1]
    no_values, no_weights = xp.zeros((*batch, 0, 1), dtype=diagonal.dtype), xp.zeros((*batch, 0), dtype=diagonal.dtype)
    no_indexes = xp.zeros((*batch, 0, 1), dtype=xp.asarray(mapper.indexes).dtype)
    return SparseTerms(no_indexes, no_values, no_weights, diagonal, xp.sum(safe_log(diagonal, xp=xp), axis=-1))


def darkness(scheme: AbstractRegularization, names: tuple[str, str], mapper: Mapper, adapt_data: Any, *, xp: Any) -> Any:
    """Return the square of a coefficient times what a signal is short of one, (..., s), by the names of these parameters."""
    coefficient, signal_scale = names
    signals = signals_of(scheme, signal_scale, mapper, adapt_data, xp=xp)
    return (number_of(scheme, coefficient, mapper, xp=xp)[..., None] * (1 - signals)) ** 2
