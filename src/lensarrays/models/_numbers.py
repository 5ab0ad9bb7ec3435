"""What functions of plain numbers, as masses and redshifts are, do with their arguments."""

from typing import Any

from .._check import Requirement


def floating(*values: Any, xp: Any) -> list[Any]:
    """Return numbers as floating-point arrays of one precision.

    Arrays decide it, and a Python number, or an integer, takes that of the others.
    """
    dtypes = [v.dtype for v in values if hasattr(v, "dtype") and xp.isdtype(xp.asarray(v).dtype, "real floating")]
    dtype = xp.result_type(*dtypes) if dtypes else xp.asarray(0.0).dtype
    return [xp.asarray(value, dtype=dtype) for value in values]


def inside(requirement: Requirement, value: Any, instead: float, *, xp: Any) -> tuple[Any, Any]:
    """Return where a value meets a requirement, and the value with `instead` elsewhere, so that gradients are finite there."""
    good = requirement.holds(value)
    return good, xp.where(good, value, xp.asarray(instead, dtype=value.dtype))
