"""NUTS for the examples, by blackjax: chains from around a maximum, and whether they agree."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

WARM_UP, BURN_IN = 60, 15  # samples that are not kept, of the warm-up and of every chain
DIFFERENCE = 1e-4  # [standard deviations of the prior] for second derivatives


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long something took."""
    start = time.perf_counter()
    yield
    print(f"[{time.perf_counter() - start:6.1f} s] {what}", flush=True)


def covariance_root_from(log_posterior: Callable[[Any], Any], best: np.ndarray) -> np.ndarray:
    """Return a root (p, p) of the covariance matrix that the curvature of a posterior at its maximum stands for."""
    gradient = jax.jit(jax.grad(log_posterior))
    steps = DIFFERENCE * np.eye(len(best))
    curvature = np.asarray([gradient(best - step) - gradient(best + step) for step in steps]) / (2 * DIFFERENCE)
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    return vectors / np.sqrt(np.maximum(values, 1.0))  # unit normal priors have a curvature of one


def samples_from(log_posterior: Callable[[Any], Any], best: np.ndarray, *, number: int, chains: int, seed: int) -> np.ndarray:
    """Return samples (chains, number, p) of a posterior with unit normal priors, given its maximum (p,).

    NUTS walks in coordinates in which the posterior is about round, so that one size of steps suits all parameters.
    """
    import blackjax

    root = jnp.asarray(covariance_root_from(log_posterior, best))
    warm_up, *keys = jax.random.split(jax.random.key(seed), 1 + chains)

    def log_density(position: Any) -> Any:
        return log_posterior(best + root @ position)

    with timed("compiled NUTS, and found the size of its steps"):
        adaptation = blackjax.window_adaptation(blackjax.nuts, log_density)
        (_, tuned), _ = jax.block_until_ready(
            jax.jit(partial(adaptation.run, num_steps=WARM_UP))(warm_up, jnp.zeros(len(best)))
        )
    nuts = blackjax.nuts(log_density, **tuned)

    def advanced(state: Any, key: Any) -> Any:
        state, info = nuts.step(key, state)
        return state, (state.position, info.num_integration_steps, info.is_divergent)

    @jax.jit
    def chain_from(key: Any) -> Any:
        begin, walk = jax.random.split(key)
        state = nuts.init(2.0 * jax.random.normal(begin, best.shape))  # far apart, as chains that agree then say more
        return jax.lax.scan(advanced, state, jax.random.split(walk, BURN_IN + number))[1]

    positions = []
    for i, key in enumerate(keys):
        with timed("ran a chain" if i else "compiled and ran a chain"):
            found, calls, diverged = (np.asarray(part)[BURN_IN:] for part in chain_from(key))
            print(f"  {calls.mean():.1f} gradients a sample, {diverged.sum()} divergences")
            positions.append(best + found @ np.asarray(root).T)
    return np.asarray(positions)


def print_summary(samples: Any) -> None:
    """Print means and standard deviations of samples (chains, number), by their names, and whether the chains agree."""
    from blackjax.diagnostics import effective_sample_size, potential_scale_reduction

    print(f"{'parameter':24}{'mean':>10}{'deviation':>11}{'R-hat':>8}{'effective':>11}")
    for path, values in jax.tree_util.tree_leaves_with_path(samples):
        name = jax.tree_util.keystr(path, simple=True, separator=".")
        agreement, effective = float(potential_scale_reduction(values)), float(effective_sample_size(values))
        print(f"{name:24}{values.mean():10.4f}{values.std():11.4f}{agreement:8.3f}{effective:11.0f}")
