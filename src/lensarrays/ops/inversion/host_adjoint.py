"""What the derivatives of an inversion are made from: solutions for other right-hand sides, and the inverse of F + H."""

import numpy as np

from . import _lapack
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
    trial, reduced, plan = _trial(solution), solution.reduced, solution.plan
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


def inverse_of(solution: HostSolution) -> np.ndarray:
    """Return the inverse of F + H, shape (s, s), in the order of the mesh: the derivative of its log determinant."""
    inverse = inverse_in_order(solution)
    return symmetric_in_mesh_order(inverse, solution.plan.position)


def inverse_in_order(solution: HostSolution) -> np.ndarray:
    """Return the inverse of F + H in the order of elimination, of which the upper triangle alone has a meaning."""
    _trial(solution)
    inverse = solution.factor.copy()
    _lapack.invert(inverse)
    return inverse


def symmetric_in_mesh_order(upper: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Return the symmetric matrix of which the upper triangle is given, pixel i being its row `position[i]`."""
    full = np.triu(upper)
    full += np.triu(upper, 1).T
    return full[position][:, position]


def _trial(solution: HostSolution):
    if solution.trial is None:
        raise ValueError(f"`solution` must be one, but is {solution.status!r}; see `raise_for_status`.")
    return solution.trial
