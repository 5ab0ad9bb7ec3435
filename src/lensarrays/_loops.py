"""Loops that JAX compiles once, however long they are, and that are plain loops on other libraries."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from ._backend import is_jax

WORTH_A_LOOP = 3  # two that are alike are compiled one by one: parameters that are known stay known


def fold_rows(step: Callable[[Any, Any], Any], carry: tuple, rows: tuple, *, used: Any = None, forget: bool = True) -> tuple:
    """Return `step(... step(step(carry, first row), second row) ..., last row)`.

    Parameters
    ----------
    step : callable (carry, row) -> carry
        Of tuples of arrays. It may broadcast the carry it is given.
    carry : tuple of arrays
    rows : tuple of arrays
        Whose leading axes have one length.
    used : array of bool, of the length of `rows`, optional
        Rows where it is False leave the carry as it is, and are not computed; under `vmap` they are, and discarded.
    forget : bool
        Whether reverse-mode differentiation computes each step again, rather than to keep what it is made of.
    """
    if not any(is_jax(array) for array in (*carry, *rows, used)):
        for k in range(rows[0].shape[0]):
            if used is None or bool(used[k]):
                carry = step(carry, tuple(row[k, ...] for row in rows))
        return carry

    def body(carry: tuple, item: tuple) -> tuple[tuple, None]:
        return (jax.checkpoint(used_step, prevent_cse=False) if forget else used_step)(carry, *item), None

    def used_step(carry: tuple, row: tuple, is_used: Any) -> tuple:
        if is_used is None:
            return step(carry, row)
        return jax.lax.cond(is_used, step, lambda same, _: same, carry, row)

    shapes = jax.eval_shape(step, carry, jax.tree_util.tree_map(lambda row: row[0], rows))
    carry = tuple(jax.numpy.broadcast_to(c, s.shape).astype(s.dtype) for c, s in zip(carry, shapes, strict=True))
    return jax.lax.scan(body, carry, (rows, used))[0]


def fold(step: Callable[[Any, Any], Any], carry: tuple, items: Sequence[Any]) -> tuple:
    """Do the same for a list of pytrees; on JAX a run of them that are alike but for their values is compiled once."""
    if not any(is_jax(array) for array in carry):
        for item in items:
            carry = step(carry, item)
        return carry
    flat = [jax.tree_util.tree_flatten(item) for item in items]
    for (structure, *_), run in itertools.groupby(flat, key=lambda pair: (pair[1], *map(_kind, pair[0]))):
        rows = [leaves for leaves, _ in run]
        if len(rows) < WORTH_A_LOOP:
            for leaves in rows:
                carry = step(carry, jax.tree_util.tree_unflatten(structure, leaves))
            continue

        def step_of_leaves(carry: tuple, row: tuple, structure: Any = structure) -> tuple:
            return step(carry, jax.tree_util.tree_unflatten(structure, row))

        carry = fold_rows(step_of_leaves, carry, tuple(jax.numpy.stack(same) for same in zip(*rows, strict=True)), forget=False)
    return carry


def _kind(leaf: Any) -> Any:
    """Return what leaves have in common that can be stacked."""
    return (np.shape(leaf), leaf.dtype) if hasattr(leaf, "dtype") else type(leaf)


def recomputed(function: Callable[..., Any], *arrays: Any) -> Any:
    """Return `function(*arrays)`, of which reverse-mode differentiation keeps the arguments alone."""
    if not any(is_jax(array) for array in arrays):
        return function(*arrays)
    return jax.checkpoint(function)(*arrays)
