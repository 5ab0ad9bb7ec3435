"""Batches of problems whose arrays all have two axes of their own: one after the other, in one loop of the compiled program."""

import math
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from ..._backend import is_jax, namespace


def over_batch(function: Callable[..., Any], *trees: Any) -> Any:
    """Return what a function makes of each of a batch, (..., a, b), whose axes are all but the last two of each array.

    Parameters
    ----------
    function : trees of arrays, each of two axes -> array (a, b)
    trees : pytrees of arrays of one library, with leading axes that broadcast
    """
    leaves, structure = jax.tree_util.tree_flatten(trees)
    batch = np.broadcast_shapes(*(leaf.shape[:-2] for leaf in leaves))
    if not batch:
        return function(*trees)
    xp = namespace(*leaves)
    flat = []
    for leaf in leaves:
        core = leaf.shape[-2:]
        flat.append(xp.reshape(xp.broadcast_to(xp.asarray(leaf), (*batch, *core)), (math.prod(batch), *core)))
    if any(is_jax(leaf) for leaf in flat):
        joined = jax.lax.map(lambda parts: function(*jax.tree_util.tree_unflatten(structure, parts)), flat)
    else:
        parts = ([leaf[k, ...] for leaf in flat] for k in range(math.prod(batch)))
        joined = xp.stack([function(*jax.tree_util.tree_unflatten(structure, part)) for part in parts])
    return xp.reshape(joined, (*batch, *joined.shape[1:]))
