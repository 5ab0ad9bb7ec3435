"""An inversion on the host: NumPy arrays of float64 in and out, the work done by Numba and LAPACK."""

import math
from collections.abc import Hashable
from typing import Any, NamedTuple

import numpy as np

from ..over_sampling import binned_values
from ..reg.abstract import DenseTerms, SparseTerms
from ._regularization_terms import add_regularization, times_regularization
from ._table import Table, table_from
from .elimination import Elimination, Memory, elimination_from
from .host_solver import solve_plain, solve_positive
from .log_determinant import log_det_from
from .problem import Setting, Solved

KINDS_KEPT = 16  # of problems of one dataset, whose last solutions are kept


class Evaluated(NamedTuple):
    """A solved problem, and what its derivatives are made from."""

    problem: Any
    setting: Setting
    solved: Solved
    operator: Any  # of the method; this and the next two are None where there are no data to be fitted
    table: Any
    solution: Any


def in_float64(problem: Any) -> Any:
    """Return a problem whose numbers are contiguous and in float64, and of which no derivatives are asked for.

    Sparse terms without weight, of which tables of neighbours have as many as others, are left out.
    """
    terms = problem.terms
    if isinstance(terms, SparseTerms):
        used, diagonal = np.flatnonzero(terms.weights != 0), np.ascontiguousarray(terms.diagonal, dtype=np.float64)
        values, per_term = (np.asarray(part[used], dtype=np.float64) for part in (terms.values, terms.weights))
        terms = SparseTerms(np.take(terms.indexes, used, axis=0), values, per_term, diagonal, terms.log_det)
    elif terms is not None:
        terms = DenseTerms(np.ascontiguousarray(terms.matrix, dtype=np.float64), terms.log_det)
    image, columns, weights = (
        np.ascontiguousarray(part, dtype=np.float64) for part in (problem.image, problem.columns, problem.weights)
    )
    return problem._replace(image=image, columns=columns, indexes=np.asarray(problem.indexes), weights=weights, terms=terms)


def evaluate(problem: Any, setting: Setting, method: Any) -> Evaluated:
    """Solve a problem without batch axes, whose arrays are NumPy's and in float64, by a method that runs on the host."""
    operator = method.operator_of(problem, setting)
    if operator is None:
        return Evaluated(problem, setting, _unsolved(len(problem.columns), setting.pixels), *[None] * 3)
    light = operator.light_system(problem.columns, problem.image)
    light.matrix[np.diag_indices(len(light.matrix))] += setting.light_diagonal
    kind, memories = (setting, len(light.rows)), operator.solutions
    coupled = problem.terms.indexes if isinstance(problem.terms, SparseTerms) else None
    plan = elimination_from(setting.pixels, _zeroed(setting), coupled, memories.get(kind) if setting.positive else None)
    table = table_from(problem.indexes, problem.weights, setting.mask, setting.over_sample_size, setting.pixels)
    matrix, cross, vector = _source_system(problem, setting, operator, light.rows, table, plan)
    operator.scratch.take_back(light.rows)
    solve = solve_positive if setting.positive else solve_plain
    solution = solve(matrix, cross, light.matrix, vector, light.vector, plan)
    evaluated = Evaluated(problem, setting, _unsolved(len(problem.columns), setting.pixels), operator, table, solution)
    if not solution.converged:
        return evaluated
    _keep(memories, kind, solution.memory)
    fitted = vector[plan.position] @ solution.source + light.vector @ solution.light
    return evaluated._replace(solved=_solved(evaluated, light.energy, light.energy - fitted))


def _source_system(
    problem: Any, setting: Setting, operator: Any, rows: np.ndarray, table: Table, plan: Elimination
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return F + H of the source, the curvature between light and source, and the data vector, in the order of elimination."""
    if setting.pixels == 0:
        return np.zeros((0, 0)), np.zeros((len(rows), 0)), np.zeros(0)
    placed = table.pointer, plan.position[table.indexes], table.weights, setting.pixels
    matrix = operator.curvature(*placed)
    add_regularization(matrix, problem.terms, plan)
    return matrix, operator.cross(rows, *placed), operator.data_vector(*placed, problem.image)


def _keep(memories: dict[Hashable, Memory], kind: Hashable, memory: Memory) -> None:
    """Keep a solution for the next problem of its kind; the kinds of one dataset are few."""
    if kind not in memories and len(memories) >= KINDS_KEPT:
        memories.clear()
    memories[kind] = memory


def _unsolved(columns: int, pixels: int) -> Solved:
    numbers = map(np.float64, (math.inf, 0.0, 0.0, 0.0, math.inf))
    return Solved._make((np.zeros(columns), np.zeros(pixels), *numbers, np.bool_(False)))


def _zeroed(setting: Setting) -> np.ndarray | None:
    return setting.zeroed.array if setting.zeroed is not None and setting.positive else None


def _solved(evaluated: Evaluated, energy: float, unfitted: float) -> Solved:
    """Return the terms of the evidence of a solution, for which no image of the model is needed.

    At the minimum A x = D wherever x is not zero, so that x'F x = D'x - x'H x - e x_g'x_g, and chi squared is what is
    unfitted, d'd - D'x, less the last two.
    """
    problem, setting, solution = evaluated.problem, evaluated.setting, evaluated.solution
    term = float(solution.source @ times_regularization(solution.source, problem.terms))
    chi_squared = unfitted - term - setting.light_diagonal * float(solution.light @ solution.light)
    if evaluated.operator.is_cancelled(chi_squared, energy):
        model = unblurred(evaluated, solution.light[None], solution.source[None])[0]
        chi_squared = evaluated.operator.chi_squared(model, problem.image)
    log_det = 0.0 if problem.terms is None else log_det_from(problem.terms)
    numbers = (chi_squared, term, solution.log_det, log_det, solution.kkt_residual)
    return Solved._make((solution.light, solution.source, *map(np.float64, numbers), np.bool_(True)))


def unblurred(evaluated: Evaluated, light: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Return the images (r, n + n_blurring) of some x as they are before the PSF."""
    problem, setting = evaluated.problem, evaluated.setting
    images = light @ problem.columns
    if setting.pixels:
        values = np.sum(source[:, problem.indexes] * problem.weights, axis=-1)
        images[:, : problem.image.size] += binned_values(values, setting.over_sample_size)
    return images
