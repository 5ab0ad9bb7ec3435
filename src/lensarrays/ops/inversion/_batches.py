"""Batches of problems: one after the other, in one loop of the compiled program."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from ..._backend import is_jax, namespace


def over_leading_axes(function: Callable[[Any], Any], tree: Any, own: Sequence[int]) -> Any:
    """Return what a function makes of each of a batch, which the leading axes of any of the arrays of a tree make.

    Parameters
    ----------
    function : tree -> pytree of arrays
    tree : pytree of arrays of one library, whose leading axes broadcast
    own : sequence of int
        How many axes each of its arrays has without a batch.
    """
    leaves, structure = jax.tree_util.tree_flatten(tree)
    batch = np.broadcast_shapes(*(leaf.shape[: leaf.ndim - axis] for leaf, axis in zip(leaves, own, strict=True)))
    if not batch:
        return function(tree)
    xp, total = namespace(*leaves), math.prod(batch)
    flat = []
    for leaf, axis in zip(leaves, own, strict=True):
        core = leaf.shape[leaf.ndim - axis :]
        flat.append(xp.reshape(xp.broadcast_to(xp.asarray(leaf), (*batch, *core)), (total, *core)))
    if any(is_jax(leaf) for leaf in flat):
        joined = jax.lax.map(lambda parts: function(jax.tree_util.tree_unflatten(structure, parts)), flat)
    else:
        each = [function(jax.tree_util.tree_unflatten(structure, [leaf[k, ...] for leaf in flat])) for k in range(total)]
        joined = jax.tree_util.tree_map(lambda *parts: xp.stack(parts), *each)
    return jax.tree_util.tree_map(lambda part: xp.reshape(part, (*batch, *part.shape[1:])), joined)
