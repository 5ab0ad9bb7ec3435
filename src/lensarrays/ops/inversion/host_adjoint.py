"""What the derivatives of an inversion are made from: solutions for other right-hand sides, and the inverse of F + H."""

import numpy as np

from . import _lapack
from ._exchange import Trial
from ._inverse import inverse_from
from ._scratch import Scratch
from .host_solver import HostSolution


def solve_passive(solution: HostSolution, source: np.ndarray, light: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the solutions for other right-hand sides on all that is not at zero: source (r, s) and light (r, g).

    That is how a solution moves if d does, A x = d, as long as no intensity becomes zero or leaves it.

    Parameters
    ----------
    solution : HostSolution
    source, light : arrays, shapes (r, s) and (r, g)
        In the order of the mesh. What is said of what is at zero has no influence.
    """
    trial, plan = _trial(solution), solution.plan
    reduced = trial.reduced
    g, places = light.shape[-1], plan.order[: plan.kept]
    rows = np.ascontiguousarray(source[:, places], dtype=np.float64)
    _lapack.solve_rows(reduced.triangle, rows)
    rows = trial.held.projected(rows)
    (passive,) = np.nonzero(trial.passive)
    around, columns = trial.held.against[:, :-1][:, passive], reduced.rows[passive]
    matrix = reduced.light_matrix[np.ix_(passive, passive)] + around.T @ around
    vectors = np.ascontiguousarray(light[:, passive] - rows @ columns.T)
    _lapack.factor(matrix)
    _lapack.solve_rows(matrix, vectors)
    _lapack.solve_rows(matrix, vectors, transposed=True)
    rows -= trial.held.projected(vectors @ columns)
    _lapack.solve_rows(reduced.triangle, rows, transposed=True)
    rows[:, trial.held.places] = 0.0
    moved, moved_light = np.zeros((len(rows), len(plan.order))), np.zeros((len(rows), g))
    moved[:, places], moved_light[:, passive] = rows, vectors
    return moved, moved_light


def inverse_of(solution: HostSolution, scratch: Scratch) -> np.ndarray:
    """Return the inverse of F + H, the derivative of its log determinant: in the order of elimination, and filled up by zeros.

    It is in memory of `scratch`, which is to be taken back.
    """
    _trial(solution)
    return inverse_from(solution.factor, scratch)


def _trial(solution: HostSolution) -> Trial:
    """Return what a solution was made from."""
    if solution.trial is None:
        raise ValueError(f"`solution` must be one, but its status is {solution.status!r}; see `raise_for_status`.")
    return solution.trial
