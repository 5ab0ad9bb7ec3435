"""What the scenes of the demo have in common: parameters as dicts, batches of them, and how long functions take."""

import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

Theta = dict[str, dict[str, Any]]
Spread = dict[str, dict[str, float]]  # by how much the lenses of a batch differ, in either direction


class Timing(NamedTuple):
    """Seconds that a function took to compile, and to run once: the median of some runs."""

    compile: float
    run: float


def on_device(theta: Theta) -> Theta:
    """Return the parameters of one lens as JAX arrays."""
    return jax.tree_util.tree_map(jnp.asarray, theta, is_leaf=lambda value: isinstance(value, tuple))


def varied(theta: Theta, spread: Spread, batch_size: int, seed: int) -> Theta:
    """Return a batch of lenses: every number is an array with a leading axis."""
    random = np.random.default_rng(seed)

    def batch_of(part: str, name: str) -> jax.Array:
        value = np.asarray(theta[part][name])
        shift = random.uniform(-1.0, 1.0, (batch_size, *value.shape))
        return jnp.asarray(value + spread.get(part, {}).get(name, 0.0) * shift)

    return {part: {name: batch_of(part, name) for name in numbers} for part, numbers in theta.items()}


def timed(function: Callable[..., Any], *arguments: Any, runs: int = 3) -> tuple[Any, Timing]:
    """Compile a function and run it some times; return its last result, and how long it took."""
    start = time.perf_counter()
    compiled = jax.jit(function).lower(*arguments).compile()
    compile_seconds, seconds = time.perf_counter() - start, []
    for _ in range(runs):
        start = time.perf_counter()
        result = jax.block_until_ready(compiled(*arguments))
        seconds.append(time.perf_counter() - start)
    return result, Timing(compile_seconds, statistics.median(seconds))
