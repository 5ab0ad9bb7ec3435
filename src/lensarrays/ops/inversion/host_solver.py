"""The positive solution of an inversion and its log determinant, from one Cholesky factor.

What is minimised is x'A x - 2 d'x over x = (light, source). Source pixels that are not held at zero come first in the order of
elimination. Their block A = L L' is factored once. A source pixel at zero is a constraint, by one row of L^-1; for all that are
at zero, the light is the solution of a small system. The result is checked on the whole system.
"""

import enum
import itertools
import math
from dataclasses import dataclass
from typing import final

import numpy as np

from . import _cholesky, _lapack
from ._exchange import Reduced, Trial, exchanged, without_signs
from .elimination import Elimination, Memory

LARGEST_RESIDUAL = 1e-8  # of a solution that has converged


class Status(enum.IntEnum):
    """Whether a solution can be used."""

    CONVERGED = 0
    NOT_CONVERGED = 1
    SOURCE_NOT_POSITIVE_DEFINITE = 2
    LIGHT_NOT_POSITIVE_DEFINITE = 3
    NOT_FINITE = 4


@final
@dataclass(frozen=True, eq=False)
class HostSolution:
    """A solution in the order of the mesh, and what its derivatives need; NaN where `status` says that there is none.

    Attributes
    ----------
    source, light : arrays, shapes (s,) and (g,)
    log_det : float
        ln det (F + H), over all s source pixels, without light.
    kkt_residual : float
        The largest amount by which a condition of the minimum is missed, in units in which the diagonal of A and d'x are one.
    status : Status
    exchanges : int
        How many sets of pixels at zero were tried.
    """

    source: np.ndarray
    light: np.ndarray
    log_det: float
    kkt_residual: float
    status: Status
    exchanges: int
    plan: Elimination
    factor: np.ndarray
    trial: Trial | None

    @property
    def converged(self) -> bool:
        """Whether all conditions of the minimum hold."""
        return self.status == Status.CONVERGED

    @property
    def memory(self) -> Memory:
        """What the solution of a similar problem may begin with."""
        return Memory(self.source, self.light)


def solve_positive(
    matrix: np.ndarray,
    cross: np.ndarray,
    light_matrix: np.ndarray,
    data_vector: np.ndarray,
    light_data_vector: np.ndarray,
    plan: Elimination,
) -> HostSolution:
    """Return the solution with no negative intensity. All is in the order of elimination, in float64, C order, and not checked.

    Parameters
    ----------
    matrix : array, shape (s, s)
        F + H of the source, of which the upper triangle is read; overwritten by its factor.
    cross : array, shape (g, s)
        The curvature between light and source.
    light_matrix : array, shape (g, g)
        The curvature of light, with what is added to its diagonal.
    data_vector, light_data_vector : arrays, shapes (s,) and (g,)
    plan : Elimination
    """
    return _solve(matrix, cross, light_matrix, data_vector, light_data_vector, plan, positive=True)


def solve_plain(
    matrix: np.ndarray,
    cross: np.ndarray,
    light_matrix: np.ndarray,
    data_vector: np.ndarray,
    light_data_vector: np.ndarray,
    plan: Elimination,
) -> HostSolution:
    """Return the solution of any sign; otherwise as `solve_positive`."""
    return _solve(matrix, cross, light_matrix, data_vector, light_data_vector, plan, positive=False)


def _solve(
    matrix: np.ndarray,
    cross: np.ndarray,
    light_matrix: np.ndarray,
    data_vector: np.ndarray,
    light_data_vector: np.ndarray,
    plan: Elimination,
    *,
    positive: bool,
) -> HostSolution:
    kept = plan.kept
    scale = np.sqrt(np.maximum(np.diagonal(matrix)[:kept], 0.0))
    log_det, status = _factored(matrix, kept)
    if not all(math.isfinite(np.sum(part)) for part in (cross, light_matrix, data_vector, light_data_vector)):
        status = Status.NOT_FINITE
    elif status == Status.CONVERGED and not np.all(np.diagonal(light_matrix) > 0):
        status = Status.LIGHT_NOT_POSITIVE_DEFINITE
    trial = None
    if status == Status.CONVERGED:
        reduced = Reduced.of(matrix[:kept, :kept], cross[:, :kept], light_matrix, data_vector[:kept], light_data_vector, scale)
        trial = exchanged(reduced, plan) if positive else without_signs(reduced)
        status = Status.CONVERGED if trial.is_regular else Status.LIGHT_NOT_POSITIVE_DEFINITE
    if trial is None or status != Status.CONVERGED:
        source, light = np.full(len(plan.order), math.nan), np.full(len(light_matrix), math.nan)
        return HostSolution(source, light, log_det, math.nan, status, 0, plan, matrix, None)
    source = np.zeros(len(plan.order))
    source[plan.order[:kept]] = trial.source
    residual = _residual(trial, positive)
    if not residual <= LARGEST_RESIDUAL:
        status = Status.NOT_CONVERGED
    return HostSolution(source, trial.light, log_det, residual, status, trial.exchanges, plan, matrix, trial)


def _factored(matrix: np.ndarray, kept: int) -> tuple[float, Status]:
    """Factor a matrix in place; return its log determinant."""
    if factor_in_place(matrix, kept):
        return math.nan, Status.SOURCE_NOT_POSITIVE_DEFINITE
    log_det = 2.0 * float(np.sum(np.log(np.diagonal(matrix))))
    return log_det, Status.CONVERGED if math.isfinite(log_det) else Status.NOT_FINITE


def factor_in_place(matrix: np.ndarray, kept: int) -> int:
    """Overwrite the upper triangle of A = L L' by L'; return 0, or the order of the leading minor that is not positive.

    Of the last columns, those that are zero far down are solved for only from there on.
    """
    minor = _cholesky.factor(matrix[:kept, :kept])
    if minor or kept == len(matrix):
        return minor
    coupling, last = matrix[:kept, kept:], matrix[kept:, kept:]
    for columns, start in _runs(coupling):
        _cholesky.solve_columns(matrix[start:kept, start:kept], coupling[start:, columns])
        first = columns.start
        _lapack.subtract_products(coupling[start:, columns], last[columns, columns])
        before = coupling[start:, :first]
        if first:
            last[:first, columns] -= before.T @ coupling[start:, columns]
    minor = _lapack.factor(last)
    return minor + kept if minor else 0


def _runs(coupling: np.ndarray) -> list[tuple[slice, int]]:
    """Return slices of columns that are zero down to about the same row, and these rows."""
    kept, count = coupling.shape
    seen = coupling != 0
    first = np.where(np.any(seen, axis=0), np.argmax(seen, axis=0), kept) if kept else np.zeros(count, dtype=int)
    late = first > kept // 2
    (changes,) = np.nonzero(late[1:] != late[:-1])
    bounds = [0, *(int(k) + 1 for k in changes), count]
    if len(bounds) > 10:
        bounds = [0, count]
    return [(slice(i, j), int(np.min(first[i:j]))) for i, j in itertools.pairwise(bounds)]


def _residual(trial: Trial, positive: bool) -> float:
    """Return by how much the conditions of the minimum are missed: slopes must be zero, but at zero they may be positive."""
    reduced = trial.reduced
    slopes, light_slopes = reduced.slopes(trial.source, trial.light)
    slope = np.concatenate([slopes / reduced.scale, light_slopes / reduced.light_scale])
    may_rise = np.concatenate([trial.source, trial.light]) == 0 if positive else np.zeros(len(slope), dtype=bool)
    missed = np.where(may_rise, np.maximum(-slope, 0.0), np.abs(slope))
    return float(np.max(missed, initial=0.0)) / reduced.energy


REASONS = {
    Status.NOT_CONVERGED: "must be solvable to rounding, but misses the conditions of the minimum by {residual:.1e}",
    Status.SOURCE_NOT_POSITIVE_DEFINITE: "must be positive definite for the source, F + H, but is singular within rounding",
    Status.LIGHT_NOT_POSITIVE_DEFINITE: "must be positive definite for light, but its columns depend on each other",
    Status.NOT_FINITE: "must be finite, but holds NaN or infinity",
}
ADVICE = {
    Status.NOT_CONVERGED: "raise the regularisation coefficient",
    Status.SOURCE_NOT_POSITIVE_DEFINITE: "raise the regularisation coefficient",
    Status.LIGHT_NOT_POSITIVE_DEFINITE: "leave out profiles that are alike, or ask for positive intensities",
    Status.NOT_FINITE: "look for NaN in the data, and for noise that is zero",
}


def raise_for_status(solution: HostSolution) -> None:
    """Raise an error that says why a solution cannot be used, if it cannot.

    Raises
    ------
    ValueError
        If a matrix is not positive definite, a value is not finite, or the conditions of the minimum do not hold.
    """
    if solution.status != Status.CONVERGED:
        reason = REASONS[solution.status].format(residual=solution.kkt_residual)
        raise ValueError(f"The curvature matrix {reason}; {ADVICE[solution.status]}.")
