"""Positive-only solutions by steps that all systems of a batch take together: for accelerators, and for any array library."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, final

import jax

from ..._backend import is_jax, namespace
from .cholesky import factor_of, product, solved_vector, with_added

_STEP = 0.995  # the part that is taken of the longest step which keeps all values positive
_CHANCES = 3  # how many exchanges of many values at once may fail to improve on the best one
_SINGLE = 10  # how many steps of the active set there may be for each exchange of many values


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class PrimalDual:
    """Solve under the condition that no value is negative, by an interior point and an exchange; on any array library.

    Mehrotra's predictor and corrector take about 12 steps, a Cholesky factor each, to the place from which it is clear
    which values are zero, whatever the size of the system. Those are then fixed, the others solved for, and where signs
    are wrong, values are exchanged and it is solved again, twice as a rule. So the solution is exact but for rounding. Where
    a system is so ill-conditioned that the exchanges go round in circles, as those of many Gaussians are, an active set goes
    on from the interior point, a value and a factor at a time: every step of it lowers the objective.

    Parameters
    ----------
    max_iterations : int
        The most steps of the interior point, and the most exchanges; of the active set, ten times as many.
    tolerance : float or None
        The violation at which the interior point ends, relative to a largest entry of one of the data vector and to the
        objective. It affects the time, not the accuracy. None is the precision of the data type to the power 0.6: 4e-10, or
        7e-5 for float32.

    References
    ----------
    S. Mehrotra, "On the implementation of a primal-dual interior point method", SIAM J. Optim. 2 (1992) 575; for the
    exchange J. J. Júdice and F. M. Pires, "A block principal pivoting algorithm for large-scale strictly monotone linear
    complementarity problems", Comput. Oper. Res. 21 (1994) 587; for the active set C. L. Lawson and R. J. Hanson, *Solving
    Least Squares Problems* (1974), chapter 23.

    Examples
    --------
    >>> import lensarrays as la
    >>> la.inversion.PrimalDual(max_iterations=30)
    PrimalDual(max_iterations=30, tolerance=None)
    """

    positive: ClassVar[bool] = True
    max_iterations: int = 50
    tolerance: float | None = None

    def values_from(self, matrix: Any, vector: Any) -> Any:
        """Return the solutions (..., p) of matrices (..., p, p) and vectors (..., p); NaN where there is none."""
        # A loop outside of `jit` would be compiled for every call.
        return (_compiled if is_jax(matrix) else _values)(self, matrix, vector)


def _values(solver: PrimalDual, matrix: Any, vector: Any) -> Any:
    """Return the solutions; the steps see systems with a unit diagonal, and a largest entry of one in the vector."""
    xp = namespace(matrix)
    matrix, vector, unit = _scaled(matrix, vector, xp=xp)
    start, passive = _interior_point(solver, matrix, vector, xp=xp)
    values, is_right = _exchanged(matrix, vector, passive, solver, xp=xp)
    start = xp.where(is_right, values, xp.where(passive, start, xp.zeros_like(start)))
    values = _improved(matrix, vector, start, ~is_right, solver, xp=xp)
    return unit * xp.where(values < 0, xp.zeros_like(values), values)


_compiled = jax.jit(_values, static_argnums=0)


def likely_positive(matrix: Any, vector: Any) -> Any:
    """Return which values (..., p) the interior point takes for positive: a guess, and mostly right."""
    xp = namespace(matrix)
    matrix, vector, _ = _scaled(matrix, vector, xp=xp)
    return _interior_point(PrimalDual(), matrix, vector, xp=xp)[1]


def _scaled(matrix: Any, vector: Any, *, xp: Any) -> tuple[Any, Any, Any]:
    """Return systems with a unit diagonal and a largest entry of one in the vector, and the units of their values."""
    diagonal = xp.linalg.diagonal(matrix)
    scale = 1.0 / xp.sqrt(xp.where(diagonal > 0, diagonal, xp.asarray(xp.nan, dtype=diagonal.dtype)))
    vector = vector * scale
    size = xp.max(xp.abs(vector), axis=-1, keepdims=True)
    size = xp.where(size > 0, size, xp.ones_like(size))
    return matrix * scale[..., :, None] * scale[..., None, :], vector / size, scale * size


def _interior_point(solver: PrimalDual, matrix: Any, vector: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return the values where the interior point ends, and which it takes for positive, both of shape (..., p)."""
    tolerance = float(xp.finfo(vector.dtype).eps) ** 0.6 if solver.tolerance is None else solver.tolerance
    damped = solved_vector(factor_of(with_added(matrix, xp.ones_like(vector))), vector)
    mean = xp.mean(xp.abs(damped), axis=-1, keepdims=True)
    values = xp.maximum(xp.abs(damped), xp.where(mean == 0, xp.ones_like(mean), mean))
    forces = xp.maximum(xp.abs(product(matrix, damped) - vector), 0.1 * xp.mean(xp.abs(vector), axis=-1, keepdims=True))
    forces = xp.where(mean == 0, xp.ones_like(forces), forces)

    def judged(values: Any, forces: Any) -> tuple[Any, Any]:
        residual = product(matrix, values) - vector - forces
        gap = xp.sum(values * forces, axis=-1) / (1.0 + xp.abs(xp.sum(vector * values, axis=-1)))
        return residual, xp.maximum(gap, xp.max(xp.abs(residual), axis=-1)) > tolerance

    def advanced(state: tuple) -> tuple:
        values, forces, residual, is_open, count = state
        steps = _step(with_added(matrix, forces / values), values, forces, residual, xp=xp)
        # Where a step fails, as rounding errors make it do at last, the place before it is the best there is.
        is_open = is_open & xp.all(xp.isfinite(steps[0]) & xp.isfinite(steps[1]), axis=-1)
        values, forces = (
            old + xp.where(is_open[..., None], step, xp.zeros_like(step))
            for old, step in zip((values, forces), steps, strict=True)
        )
        residual, is_far = judged(values, forces)
        return values, forces, residual, is_open & is_far, count + 1

    def goes_on(state: tuple) -> Any:
        return xp.any(state[3]) & (state[4] < solver.max_iterations)

    values, forces, *_ = _repeated(goes_on, advanced, (values, forces, *judged(values, forces), 0))
    return values, values > forces


def _step(damped: Any, values: Any, forces: Any, residual: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return how far values and forces, the gradient's entries, are to move: towards products that are all smaller, and one."""
    factor = factor_of(damped)

    def direction(products: Any) -> tuple[Any, Any]:
        moved = solved_vector(factor, -residual - products / values)
        return moved, -(products + forces * moved) / values

    def longest(moved: Any, pushed: Any) -> Any:
        return xp.minimum(_longest(values, moved, xp=xp), _longest(forces, pushed, xp=xp))

    moved, pushed = direction(values * forces)
    length = longest(moved, pushed)
    gap = xp.sum(values * forces, axis=-1, keepdims=True)
    left = xp.sum((values + length * moved) * (forces + length * pushed), axis=-1, keepdims=True)
    target = (left / gap) ** 3 * gap / values.shape[-1]
    moved, pushed = direction(values * forces + moved * pushed - target)
    length = _STEP * longest(moved, pushed)
    return length * moved, length * pushed


def _longest(values: Any, moved: Any, *, xp: Any) -> Any:
    """Return the longest step, one at most, that leaves no value negative, shape (..., 1)."""
    falls = moved < 0
    one = xp.ones_like(values)
    ratio = xp.where(falls, values, one) / xp.where(falls, -moved, one)
    return xp.minimum(xp.min(ratio, axis=-1, keepdims=True), one[..., :1])


def _exchanged(matrix: Any, vector: Any, passive: Any, solver: PrimalDual, *, xp: Any) -> tuple[Any, Any]:
    """Return the values for a guess of which are positive (passive), bettered by exchanges, and whether they are right."""
    p, eps = vector.shape[-1], float(xp.finfo(vector.dtype).eps)
    index = xp.arange(p)

    def attempted(passive: Any) -> tuple[Any, Any]:
        values = solved_vector(factor_of(masked(matrix, passive)), xp.where(passive, vector, xp.zeros_like(vector)))
        wrong = xp.where(passive, values < 0, vector - product(matrix, values) > _noise(values, eps, xp=xp))
        return values, wrong | ~xp.isfinite(values)

    def exchanged(state: tuple) -> tuple:
        passive, _, wrong, fewest, chances, count = state
        number = xp.sum(xp.astype(wrong, index.dtype), axis=-1, keepdims=True)
        chances = xp.where(number < fewest, xp.full_like(chances, _CHANCES), chances - 1)
        passive = passive ^ (wrong & (chances > 0))
        return passive, *attempted(passive), xp.minimum(number, fewest), chances, count + 1

    def goes_on(state: tuple) -> Any:
        return xp.any(state[2] & (state[4] > 0)) & (state[5] < solver.max_iterations)

    fewest = xp.full((*vector.shape[:-1], 1), p + 1, dtype=index.dtype)
    start = (passive, *attempted(passive), fewest, xp.full_like(fewest, _CHANCES), 0)
    _, values, wrong, *_ = _repeated(goes_on, exchanged, start)
    return values, ~xp.any(wrong, axis=-1, keepdims=True)


def _improved(matrix: Any, vector: Any, values: Any, is_open: Any, solver: PrimalDual, *, xp: Any) -> Any:
    """Return the solution, beginning with values that are not negative: every step lowers the objective, or is the last."""
    p, eps = vector.shape[-1], float(xp.finfo(vector.dtype).eps)
    index = xp.arange(p)

    def advanced(state: tuple) -> tuple:
        values, pulls, added, refused, is_open, count = state
        step = _newton_step(matrix, pulls, (values > 0) | added, xp=xp)
        # It is due to rounding if what is added to be positive becomes negative.
        step = xp.where(xp.any(added & (step <= 0), axis=-1, keepdims=True), xp.zeros_like(step), step)
        length = _longest(values, step, xp=xp)
        # What limits the step becomes zero exactly, whatever the rounding.
        is_out = (step < 0) & (values <= -(1 + 4 * eps) * length * step)
        moved = xp.where(is_out, xp.zeros_like(values), values + length * step)
        gains = length * (1 - 0.5 * length) * xp.sum(step * pulls, axis=-1, keepdims=True) > eps
        # Between two steps that gain something, nothing is added twice: without this, rounding errors might go on for ever.
        refused = ~gains & (refused | added)
        pulls = vector - product(matrix, moved)
        able = (moved == 0) & ~refused & (pulls > _noise(moved, eps, xp=xp))
        best = xp.argmax(xp.where(able, pulls, xp.zeros_like(pulls)), axis=-1, keepdims=True)
        added = able & (index == best) & (length == 1)
        goes_on = (length < 1) | gains | xp.any(added, axis=-1, keepdims=True)
        moved = xp.where(is_open, moved, values)
        return moved, pulls, added & is_open, refused, is_open & goes_on, count + 1

    def goes_on(state: tuple) -> Any:
        return xp.any(state[4]) & (state[5] < _SINGLE * solver.max_iterations)

    nothing = xp.zeros_like(values, dtype=xp.bool)
    start = (values, vector - product(matrix, values), nothing, nothing, is_open, 0)
    return _repeated(goes_on, advanced, start)[0]


def _newton_step(matrix: Any, pulls: Any, passive: Any, *, xp: Any) -> Any:
    """Return the step of the passive values to their minimum, to which pulls, the negative gradient, lead; NaN if not convex.

    What is added to the diagonal is of the size of rounding errors, and makes sure that there is a factor.
    """
    rounding = 4 * pulls.shape[-1] * float(xp.finfo(pulls.dtype).eps)
    factor = factor_of(with_added(masked(matrix, passive), xp.full_like(pulls, rounding)))
    return solved_vector(factor, xp.where(passive, pulls, xp.zeros_like(pulls)))


def _noise(values: Any, eps: float, *, xp: Any) -> Any:
    """Return what the rounding error of a product is below, of a matrix with a unit diagonal, and so no entry above one."""
    return 4 * eps * xp.sum(xp.abs(values), axis=-1, keepdims=True)


def masked(matrix: Any, passive: Any) -> Any:
    """Return matrices (..., p, p) with the rows and columns that are not passive (..., p) replaced by those of the identity."""
    xp = namespace(matrix)
    both = passive[..., :, None] & passive[..., None, :]
    return xp.where(both, matrix, xp.eye(matrix.shape[-1], dtype=matrix.dtype))


def _repeated(goes_on: Callable, advanced: Callable, state: tuple) -> tuple:
    """Return what a state becomes when it is advanced as long as a condition holds."""
    if is_jax(state[0]):
        return jax.lax.while_loop(goes_on, advanced, state)
    while goes_on(state):
        state = advanced(state)
    return state
