"""autolens as contenders of `imaging_likelihood.py`; see README.md."""

import functools
from pathlib import Path
from typing import Any

import imaging_likelihood_autolens as autolens
import numpy as np
from harness import Contender
from imaging_likelihood_scene import Problem, draw

FASTER_JITTED = {True: "sparse", False: "dense"}  # whether there is a mesh; measured, see README.md


def numpy_value(result: Any) -> np.ndarray:
    return np.asarray(result, dtype=float)


@functools.cache
def eager(problem: Problem, folder: Path) -> Contender:
    """Return the evidence on NumPy, by the operator of Numba where there is a mesh."""
    path = "numba" if problem.mesh else "dense"
    return Contender(draw, lambda theta: autolens.evidence(theta, problem, folder, path), numpy_value)


@functools.cache
def jitted(problem: Problem, folder: Path) -> Contender:
    """Return the jitted evidence, by the faster of the two formalisms."""
    return Contender(draw, autolens.jitted_evidence(problem, folder, FASTER_JITTED[problem.mesh is not None]), numpy_value)


@functools.cache
def jitted_dense(problem: Problem, folder: Path) -> Contender:
    """Return the jitted evidence by the dense formalism, which is the default."""
    return Contender(draw, autolens.jitted_evidence(problem, folder, "dense"), numpy_value)


@functools.cache
def solver(problem: Problem, folder: Path) -> Contender:
    """Return the positive-only solution and both log determinants, for matrices that are made beforehand."""
    return Contender(
        lambda call: autolens.system(draw(call), problem, folder),
        autolens.solved,
        lambda result: np.asarray([*result[1:], np.sum(result[0])]),
    )


@functools.cache
def precomputation(problem: Problem, folder: Path) -> Contender:
    """Return what is computed of the data once; there is nothing in it that could be compared."""
    return Contender(lambda call: folder, autolens.precompute, lambda result: np.zeros(1))
