"""Our contenders of `imaging_likelihood.py`; see README.md."""

import functools
from pathlib import Path

import imaging_likelihood_ours as ours
import jax
import numpy as np
from harness import Contender
from imaging_likelihood_peers import numpy_value
from imaging_likelihood_scene import Problem, draw


@functools.cache
def on_numpy(problem: Problem, folder: Path) -> Contender:
    """Return the evidence of NumPy arrays."""
    return Contender(draw, lambda theta: ours.evidence(theta, problem, folder), numpy_value)


@functools.cache
def jitted(problem: Problem, folder: Path) -> Contender:
    """Return the jitted evidence of JAX arrays."""
    return Contender(draw, jax.jit(ours.traceable_evidence(problem, folder)), numpy_value)


@functools.cache
def gradient(problem: Problem, folder: Path) -> Contender:
    """Return the jitted evidence and its gradient by all parameters."""
    function = jax.jit(jax.value_and_grad(ours.traceable_evidence(problem, folder)))
    return Contender(draw, function, lambda result: numpy_value(result[0]))


@functools.cache
def solver(problem: Problem, folder: Path) -> Contender:
    """Return the positive-only solution and both log determinants, for matrices that are made beforehand."""
    return Contender(
        lambda call: ours.system(draw(call), problem, folder),
        ours.solved,
        lambda result: np.asarray([*result[1:], sum(result[0])]),
    )


@functools.cache
def precomputation(problem: Problem, folder: Path) -> Contender:
    """Return what is computed of the data once."""
    return Contender(lambda call: folder, ours.precompute, lambda result: np.zeros(1))


OURS = {
    "ours, NumPy": on_numpy,
    "ours, jitted": jitted,
    "ours, gradient": gradient,
    "ours, solver": solver,
    "ours, precomputation": precomputation,
}
