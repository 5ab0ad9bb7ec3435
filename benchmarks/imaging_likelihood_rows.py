"""The rows of the table that `imaging_likelihood.py` prints, and what is promised in each; see README.md."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import imaging_likelihood_peers as peers
from harness import Contender
from imaging_likelihood_scene import PROBLEMS, Problem

Make = Callable[[Problem, Path], Contender]

THEIRS: dict[str, Make] = {
    "autolens, Numba": peers.eager,
    "autolens, NumPy": peers.eager,
    "autolens, jitted": peers.jitted,
    "autolens, jitted, dense": peers.jitted_dense,
    "autolens, solver": peers.solver,
    "autolens, precomputation": peers.precomputation,
}
# By how much evidences may differ [nats]; the interior-point solver that is jitted is not exact.
AGREEMENT = {"autolens, jitted": 1e-3, "autolens, jitted, dense": 1e-3}
EXACT = 1e-6


@dataclass(frozen=True)
class Row:
    """A comparison of times, and how many times faster we promise to be.

    Parameters
    ----------
    key : what `--rows` calls it
    what : what the table calls it, behind the name of the problem
    problem : what is computed
    ours, theirs : the contenders
    at_least, aim : theirs / ours; None where nothing is promised
    """

    key: str
    what: str
    problem: Problem
    ours: str
    theirs: str
    at_least: float | None = None
    aim: float | None = None


def rows() -> tuple[Row, ...]:
    rectangle, delaunay, gaussians = (PROBLEMS[key] for key in ("rectangle", "delaunay", "gaussians"))
    other = [PROBLEMS[key] for key in ("density", "smooth", "smooth-image")]
    return (
        Row("rectangle", "evidence", rectangle, "ours, NumPy", "autolens, Numba", 7, 10),
        Row("rectangle", "evidence", rectangle, "ours, NumPy", "autolens, jitted", 30, 45),
        Row("rectangle", "evidence", rectangle, "ours, jitted", "autolens, jitted"),
        Row("rectangle", "evidence", rectangle, "ours, jitted", "autolens, jitted, dense"),
        Row("delaunay", "evidence", delaunay, "ours, NumPy", "autolens, Numba", 6, 9),
        Row("delaunay", "evidence", delaunay, "ours, NumPy", "autolens, jitted", 35, 50),
        Row("gaussians", "likelihood", gaussians, "ours, NumPy", "autolens, jitted", 2.5, 4),
        Row("gaussians", "likelihood", gaussians, "ours, NumPy", "autolens, NumPy"),
        Row("solver", "NNLS and both log determinants", rectangle, "ours, solver", "autolens, solver", 10, 14),
        Row("solver", "NNLS and both log determinants", delaunay, "ours, solver", "autolens, solver"),
        Row("precompute", "what the data need once", rectangle, "ours, precomputation", "autolens, precomputation", 8, 15),
        *(Row("meshes", "evidence", problem, "ours, NumPy", "autolens, Numba") for problem in other),
    )
