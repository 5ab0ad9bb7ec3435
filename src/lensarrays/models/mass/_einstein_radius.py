"""Powers of an Einstein radius that may be zero."""

from typing import Any


def power_of(einstein_radius: Any, exponent: Any, *, xp: Any) -> Any:
    """Return ``einstein_radius**exponent``, and zero for no mass.

    The derivative with respect to an Einstein radius of zero, infinite for exponents below 1, is given as zero unless the
    exponent is 1 exactly, so that a slot without mass has finite gradients.
    """
    empty = einstein_radius == 0
    power = xp.pow(xp.where(empty, xp.ones_like(einstein_radius), einstein_radius), exponent - 1)
    return einstein_radius * xp.where(empty & (exponent != 1), xp.zeros_like(power), power)
