"""What all calls of JAX to the host have in common: float64 there, one thread of BLAS, first derivatives alone."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero

from .._host_call import call_on_host
from ._blas import single_threaded_blas


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def once_differentiable(inputs: Any, instead: str) -> Any:
    """Return what the host is given for a derivative; the host gives none of that, and JAX would take it for constant.

    `instead` is the method that has second derivatives, as one writes it.
    """
    return inputs


@functools.partial(once_differentiable.defjvp, symbolic_zeros=True)
def _refuse(instead: str, primals: tuple, tangents: tuple) -> Any:
    if all(isinstance(tangent, SymbolicZero) for tangent in jax.tree_util.tree_leaves(tangents, is_leaf=_is_zero)):
        return primals[0], tangents[0]
    raise TypeError(
        f"`method` must be {instead.rpartition('.')[2]} for second derivatives (`jax.hessian`, `grad` of `grad`), but is one "
        f"that runs on the host, which has the first alone; pass `method={instead}`, or take differences of the gradient."
    )


def _is_zero(tangent: Any) -> bool:
    return isinstance(tangent, SymbolicZero)


def reverse_only(function: Callable, inputs: Any, instead: str) -> Any:
    """Return what a function with a reverse-mode derivative makes of inputs; `instead` is the method that has others too.

    JAX refuses a forward one in words of its own. Where that is around a `jit` it does so later, and nobody can reword it.
    """
    try:
        return function(inputs)
    except TypeError as err:
        if "forward-mode" not in str(err):
            raise
        raise TypeError(
            f"`method` must be {instead.rpartition('.')[2]} for forward-mode derivatives (`jax.jvp`, `jax.jacfwd`), but is one "
            f"that runs on the host, which has those in reverse mode; pass `method={instead}`, or use `jax.grad`."
        ) from err


def on_host(array: Any) -> np.ndarray:
    """Return an array that the host was given as one of NumPy, numbers in float64."""
    array = np.asarray(array)
    return np.ascontiguousarray(array, dtype=np.float64) if array.dtype.kind == "f" else array


def asked(function: Callable, shapes: Any, *arguments: Any) -> Any:
    """Return what a function gives on the host, as arrays of the given shapes and data types."""
    leaves, structure = jax.tree_util.tree_flatten(arguments)

    def answer(*leaves: np.ndarray) -> Any:
        with single_threaded_blas():
            results = function(*jax.tree_util.tree_unflatten(structure, leaves))
        return jax.tree_util.tree_map(lambda like, part: np.asarray(part, like.dtype), shapes, results)

    return call_on_host(answer, shapes, *leaves)


def floating(terms: tuple) -> tuple:
    """Return those of the arrays of terms that have derivatives: the matrix, or the values, weights and diagonal."""
    return terms if len(terms) == 1 else terms[1:]


def terms_bar(terms: tuple, source: Any, moved: Any, by_term: Any, by_dets: tuple, slopes: tuple) -> tuple:
    """Return the derivatives by the arrays of terms of c s'H s - m'H s, where c is `by_term`, and of log determinants.

    Those of the determinants come as `slopes`, one tuple of arrays for each, and are multiplied by `by_dets`.
    """
    if not terms:
        return ()
    dets = [sum(by * part for by, part in zip(by_dets, parts, strict=True)) for parts in zip(*slopes, strict=True)]
    if len(terms) == 1:
        product = moved[:, None] * source
        return (by_term * source[:, None] * source - 0.5 * (product + product.T) + dets[0],)
    indexes, values, weights, _ = terms
    here, there = source[indexes], moved[indexes]
    of_source, of_moved = (jnp.sum(values * part, axis=-1, keepdims=True) for part in (here, there))
    slope = by_term * here * of_source - 0.5 * (there * of_source + here * of_moved)
    return (
        None,
        2 * weights[:, None] * slope + dets[0],
        jnp.sum(values * slope, axis=-1) + dets[1],
        by_term * source**2 - moved * source + dets[2],
    )
