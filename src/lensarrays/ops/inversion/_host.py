"""An inversion on the host: NumPy arrays of float64 in and out, the work done by Numba and LAPACK."""

import math
from collections.abc import Hashable
from typing import Any, NamedTuple

import numpy as np

from ..over_sampling import binned_values
from ..reg.abstract import DenseTerms, SparseTerms
from ._gram import gram
from ._regularization_terms import add_regularization, times_regularization
from ._table import Table, table_from
from .elimination import Elimination, Memory, elimination_from
from .host_solver import HostSolution, solve_plain, solve_positive
from .log_determinant import log_det_from
from .operator import Operator, operator_from
from .problem import Problem, Setting, Solved

CANCELLED = 1e-7  # chi squared over that of no model, below which it is computed from the residuals
KINDS_KEPT = 16  # of problems of one dataset, whose last solutions are kept


class Evaluated(NamedTuple):
    """A solved problem, and what its derivatives are made from."""

    problem: Problem
    setting: Setting
    solved: Solved
    operator: Any  # this and the next two are None where there are no data to be fitted
    table: Any
    solution: Any


def in_float64(problem: Problem) -> Problem:
    """Return a problem whose numbers are contiguous and in float64."""
    kernel = problem.kernel
    arrays = [np.ascontiguousarray(part, dtype=np.float64) for part in (problem.image, problem.noise_map, problem.columns)]
    weights = np.ascontiguousarray(problem.weights, dtype=np.float64)
    terms = problem.terms
    if isinstance(terms, SparseTerms):
        values, per_term, diagonal = (np.ascontiguousarray(part, dtype=np.float64) for part in terms[1:4])
        terms = SparseTerms(np.asarray(terms.indexes), values, per_term, diagonal, terms.log_det)
    elif terms is not None:
        terms = DenseTerms(np.ascontiguousarray(terms.matrix, dtype=np.float64), terms.log_det)
    return Problem(arrays[0], arrays[1], kernel, arrays[2], np.asarray(problem.indexes), weights, terms)


def evaluate(problem: Problem, setting: Setting, *, precomputed: bool) -> Evaluated:
    """Solve a problem without batch axes, whose arrays are NumPy's and in float64."""
    if not _is_sound(problem):
        return Evaluated(problem, setting, _unsolved(len(problem.columns), setting.pixels), *[None] * 3)
    operator = _operator(problem, setting, precomputed=precomputed)
    rows, whitened = operator.scratch.lend(len(problem.columns), problem.image.size), problem.image / problem.noise_map
    operator.whitened(problem.columns, out=rows)
    light_matrix, light_vector = gram(rows), rows @ whitened
    light_matrix[np.diag_indices(len(light_matrix))] += setting.light_diagonal
    kind, memories = (setting, len(rows)), operator.solutions
    coupled = problem.terms.indexes if isinstance(problem.terms, SparseTerms) else None
    plan = elimination_from(setting.pixels, _zeroed(setting), coupled, memories.get(kind) if setting.positive else None)
    table = table_from(problem.indexes, problem.weights, setting.mask, setting.over_sample_size, setting.pixels)
    matrix, cross, vector = _source_system(problem, setting, operator, rows, table, plan)
    operator.scratch.take_back(rows)
    solve = solve_positive if setting.positive else solve_plain
    solution = solve(matrix, cross, light_matrix, vector, light_vector, plan)
    if solution.converged:
        _keep(memories, kind, solution.memory)
    energy = whitened @ whitened
    fitted = vector[plan.position] @ solution.source + light_vector @ solution.light
    solved = _solved(problem, setting, solution, energy - fitted)
    evaluated = Evaluated(problem, setting, solved, operator, table, solution)
    if solution.converged and not solved.chi_squared > CANCELLED * energy:
        solved = solved._replace(chi_squared=_chi_squared(evaluated))
    return evaluated._replace(solved=solved)


def _source_system(
    problem: Problem, setting: Setting, operator: Operator, rows: np.ndarray, table: Table, plan: Elimination
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


def _is_sound(problem: Problem) -> bool:
    """Return whether there are data to be fitted: what is traced has not been looked at before."""
    kernel = problem.kernel
    good = np.isfinite(problem.image).all() and np.isfinite(problem.noise_map).all() and (problem.noise_map > 0).all()
    return bool(good) and (kernel is None or bool(np.isfinite(kernel.values).all() and np.sum(kernel.values) > 0))


def _unsolved(columns: int, pixels: int) -> Solved:
    numbers = map(np.float64, (math.inf, 0.0, 0.0, 0.0, math.inf))
    return Solved._make((np.zeros(columns), np.zeros(pixels), *numbers, np.bool_(False)))


def _chi_squared(evaluated: Evaluated) -> np.float64:
    """Return chi squared from the residuals: of a fit that is almost perfect, the sum of terms has no digits left."""
    solved = evaluated.solved
    images = evaluated.operator.blurred(unblurred(evaluated, solved.light[None], solved.source[None]))
    residuals = (evaluated.problem.image - images[0]) / evaluated.problem.noise_map
    return np.float64(residuals @ residuals)


def _operator(problem: Problem, setting: Setting, *, precomputed: bool) -> Operator:
    kernel = np.ones((1, 1)) if problem.kernel is None else np.asarray(problem.kernel.native, dtype=np.float64)
    return operator_from(setting.mask, kernel, problem.noise_map, precomputed=precomputed and setting.pixels > 0)


def _zeroed(setting: Setting) -> np.ndarray | None:
    return setting.zeroed.array if setting.zeroed is not None and setting.positive else None


def _solved(problem: Problem, setting: Setting, solution: HostSolution, unfitted: float) -> Solved:
    """Return the terms of the evidence of a solution, for which no image of the model is needed.

    At the minimum A x = D wherever x is not zero, so that x'F x = D'x - x'H x - e x_g'x_g, and chi squared is what is
    unfitted, d'd - D'x, less the last two. Where there is no solution all values are zero, and what it misses is infinite.
    """
    if not solution.converged:
        return _unsolved(len(solution.light), setting.pixels)
    term = float(solution.source @ times_regularization(solution.source, problem.terms))
    chi_squared = unfitted - term - setting.light_diagonal * float(solution.light @ solution.light)
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
