"""How to keep XLA from computing the same thing again for everything that uses it."""

import functools
from collections.abc import Callable
from typing import Any

import jax

from ..._backend import is_jax, namespace


def computed_apart(function: Callable[..., Any], known: Any, *arrays: Any, xp: Any) -> Any:
    """Return an array that is a function of arrays; on JAX, NaN instead if no number in `known` is finite.

    XLA moves what is computed element by element into whatever uses it. Each of the eight columns of a table of indexes and
    weights would then search, or sum polynomials, anew, which takes ten times as long. What is in a branch stays there, so this
    makes it one, of a condition that only rays that are not finite break.
    """
    if not is_jax(known):
        return function(*arrays, xp=xp)
    return _on_jax(function, known, *arrays)


@functools.partial(jax.jit, static_argnums=0)
def _on_jax(function: Callable[..., Any], known: Any, *arrays: Any) -> Any:
    """Return the same on JAX; compiled here, as each call outside of `jit` would compile the branches anew."""
    bound = functools.partial(function, xp=namespace(known))
    result = jax.eval_shape(bound, *arrays)

    def failed(*_: Any) -> Any:
        return jax.numpy.full(result.shape, jax.numpy.nan, dtype=result.dtype)

    return jax.lax.cond(jax.numpy.isfinite(known).any(), bound, failed, *arrays)
