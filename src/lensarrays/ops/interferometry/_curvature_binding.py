"""How JAX calls for a curvature matrix on the host, and differentiates it."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero

from ..inversion._host_binding import asked, on_host, once_differentiable, reverse_only
from ._host_curvature import Kind, Parts, curvature_adjoint_of, curvature_of

INSTEAD = "la.inversion.FourierWTilde()"  # the method that has what the host does not have


def ask_host(parts: Parts, kind: Kind) -> jax.Array:
    """Return the curvature matrix (s, s) of JAX arrays without batch axes; `jax.vmap` may add some, and calls once for each.

    It has a reverse-mode derivative by the weights of the mapping table; a forward-mode one raises.
    """
    return reverse_only(_call(kind), jax.tree_util.tree_map(jnp.asarray, parts), INSTEAD)


@functools.lru_cache(maxsize=64)
def _call(kind: Kind) -> Any:
    """Return the function that JAX traces, once for each shape of its inputs, of one kind of curvature matrix."""

    def curvature(parts: Parts) -> jax.Array:
        shape = jax.ShapeDtypeStruct((kind.pixels, kind.pixels), jnp.result_type(parts.weights, parts.compact))
        return asked(functools.partial(_curvature, kind), shape, parts)

    def forward(perturbed: Parts) -> tuple[jax.Array, Parts]:
        if any(part.perturbed for part in jax.tree_util.tree_leaves((perturbed.compact, perturbed.hankel))):
            raise TypeError(
                f"`method` must be FourierWTilde() for a derivative by W-tilde, but is one that runs on the host, where "
                f"this is data; pass `method={INSTEAD}`."
            )
        parts = once_differentiable(jax.tree_util.tree_map(lambda part: part.value, perturbed), INSTEAD)
        return curvature(parts), parts

    def backward(parts: Parts, cotangent: Any) -> tuple[Parts]:
        if isinstance(cotangent, SymbolicZero):
            return (Parts(None, None, None, jnp.zeros_like(parts.weights)),)
        shape = jax.ShapeDtypeStruct(parts.weights.shape, parts.weights.dtype)
        given = once_differentiable((parts, cotangent), INSTEAD)
        return (Parts(None, None, None, asked(functools.partial(_adjoint, kind), shape, *given)),)

    ruled = jax.custom_vjp(jax.jit(curvature))
    ruled.defvjp(forward, backward, symbolic_zeros=True)
    return ruled


def _curvature(kind: Kind, parts: Parts) -> np.ndarray:
    with np.errstate(all="ignore"):  # what is not finite stays so
        return curvature_of(jax.tree_util.tree_map(on_host, parts), kind)


def _adjoint(kind: Kind, parts: Parts, cotangent: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return curvature_adjoint_of(jax.tree_util.tree_map(on_host, parts), kind, on_host(cotangent))
