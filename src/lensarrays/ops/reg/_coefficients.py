"""How the coefficients of a scheme meet a mapper."""

from typing import Any

from ..._backend import namespace
from ...structures.abstract import as_array
from ..mapper import Mapper
from .abstract import AbstractRegularization


def library_of(scheme: AbstractRegularization, mapper: Mapper, adapt_data: Any = None) -> Any:
    """Return the array library that a mapper, the coefficients of a scheme and an image belong to."""
    given = () if adapt_data is None else (as_array(adapt_data, "adapt_data"),)
    return namespace(mapper.weights, mapper.mesh_grid, *(getattr(scheme, name) for name in scheme.requirements), *given)


def number_of(scheme: AbstractRegularization, name: str, mapper: Mapper, *, xp: Any) -> Any:
    """Return a coefficient in the precision of the mesh, shape (...); NaN where it breaks its requirement, which is traced."""
    value = xp.asarray(getattr(scheme, name), dtype=xp.asarray(mapper.mesh_grid).dtype)
    return xp.where(scheme.requirements[name].holds(value), value, xp.asarray(xp.nan, dtype=value.dtype))


def safe_log(value: Any, *, xp: Any) -> Any:
    """Return the logarithm of what is not negative: minus infinity, without a derivative, at zero."""
    is_zero = value == 0
    logarithm = xp.log(xp.where(is_zero, xp.ones_like(value), value))
    return xp.where(is_zero, xp.asarray(-xp.inf, dtype=value.dtype), logarithm)
