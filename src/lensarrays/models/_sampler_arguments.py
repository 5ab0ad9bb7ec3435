"""What samplers require of their arguments."""

from typing import Any

import jax
import numpy as np

from .._backend import is_jax, namespace
from .._check import is_concrete
from ..ops.random_source import check_source, is_jax_key
from ._numbers import floating
from ._profile import check_number, leaves
from .cosmology import FlatLambdaCDM


def numbers_checked(cosmology: Any, **arguments: Any) -> tuple[dict[str, Any], Any]:
    """Return arguments, each given with its requirement, as scalars of one precision, and whether traced ones are good."""
    if not isinstance(cosmology, FlatLambdaCDM):
        raise TypeError(f"`cosmology` must be a FlatLambdaCDM, but is {cosmology!r}; leave it out for Planck15(), or make one.")
    for name, (requirement, value) in arguments.items():
        check_number(requirement, value, name)
        if np.shape(value):
            raise ValueError(
                f"`{name}` must be one number, but has shape {np.shape(value)}; make several samplers, or use `jax.vmap`."
            )
    values = [value for _, value in arguments.values()]
    xp = namespace(*values, *leaves(cosmology))
    numbers = dict(zip(arguments, floating(*values, xp=xp), strict=True))
    good = xp.asarray(True)
    for name, (requirement, _) in arguments.items():
        good = good & requirement.holds(numbers[name])
    return numbers, good


def check_above(name: str, value: Any, lower_name: str, lower: Any, cure: str) -> None:
    """Raise if it is seen that one number is not above another."""
    if is_concrete(value) and is_concrete(lower) and not float(value) > float(lower):
        raise ValueError(f"`{name}` must be above `{lower_name}`, but they are {value!r} and {lower!r}; {cure}.")


def source_checked(key: Any, tables: Any) -> None:
    """Raise unless `key` is a JAX key, or a Generator for tables that are not of JAX."""
    of_jax = next((leaf for leaf in leaves(tables) if is_jax(leaf)), None)
    if of_jax is not None:
        check_source(of_jax, key, "sampler")
        return
    check_source(jax.numpy.zeros(()) if is_jax_key(key) else np.zeros(()), key, "sampler")


def dtype_checked(dtype: Any, key: Any) -> Any:
    """Return the data type of the haloes, float64 if JAX has it unless one is given."""
    if dtype is None:
        return np.dtype(np.float64) if not is_jax_key(key) else jax.dtypes.canonicalize_dtype(np.float64)
    if np.dtype(dtype) not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise TypeError(f"`dtype` must be float32 or float64, but is {dtype!r}; convert the haloes afterwards.")
    if is_jax_key(key) and jax.dtypes.canonicalize_dtype(dtype) != np.dtype(dtype):
        raise ValueError(
            f"`dtype` must be one that JAX is set to, but is {np.dtype(dtype)}; `jax.config.update('jax_enable_x64', True)` "
            f"before, or leave it out."
        )
    return np.dtype(dtype)
