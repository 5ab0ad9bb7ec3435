"""The solver on the host: positive and plain solutions against brute force, on systems that are easy, degenerate and bad."""

import numpy as np
import pytest
import scipy.optimize
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lensarrays.ops.inversion import _exchange
from lensarrays.ops.inversion._scratch import Scratch
from lensarrays.ops.inversion.active_set import positive_solution_from
from lensarrays.ops.inversion.elimination import Memory, elimination_from
from lensarrays.ops.inversion.host_adjoint import inverse_of, solve_passive
from lensarrays.ops.inversion.host_solver import Status, raise_for_status, solve_plain, solve_positive

SIDE = 9  # of the mesh


class System:
    """A source on a square mesh, seen through random smooth rows, and columns of light that resemble each other."""

    def __init__(self, seed=0, light=5, side=SIDE, noise=1.0, zeroed="edge", level=0.0, information=1.0):
        rng, s = np.random.default_rng(seed), side * side
        places = np.stack(np.divmod(np.arange(s), max(side, 1)), axis=-1)
        centres = rng.uniform(0, side - 1, (4 * s + 20, 2)) if s else np.zeros((20, 2))
        rows = np.exp(-0.5 * np.sum((centres[:, None] - places) ** 2, axis=-1))
        rows[rows < 1e-3] = 0.0
        radius = np.hypot(*(centres - side / 2).T) if s else np.linspace(0, 3, 20)
        columns = np.exp(-0.5 * (radius[:, None] / np.geomspace(0.5, 4, light)) ** 2)
        truth = np.exp(-0.5 * np.sum((places - side / 2) ** 2, axis=-1) / 2) + level
        data = rows @ truth + columns @ rng.uniform(0, 1, light) + noise * rng.normal(size=len(rows))
        if level < 0:
            data = -np.abs(data)
        index = np.arange(s).reshape(side, side)
        pairs = [np.stack([a.ravel(), b.ravel()], axis=-1) for a, b in ((index[1:], index[:-1]), (index[:, 1:], index[:, :-1]))]
        self.coupled = np.concatenate(pairs)
        rows, columns, data = (np.sqrt(information) * part for part in (rows, columns, data))
        self.matrix = rows.T @ rows + 1e-6 * np.eye(s)
        for i, j in self.coupled:
            self.matrix[[i, j], [i, j]] += 0.1
            self.matrix[[i, j], [j, i]] -= 0.1
        self.cross, self.light_matrix = columns.T @ rows, columns.T @ columns + 1e-3 * np.eye(light)
        self.vector, self.light_vector = rows.T @ data, columns.T @ data
        at_edge, some = np.any((places == 0) | (places == side - 1), axis=-1), rng.uniform(size=s) < 0.3
        self.zeroed = {"edge": at_edge, "none": None, "all": np.ones(s, dtype=bool), "random": some}[zeroed]

    @property
    def full(self):
        """The whole system, light first."""
        matrix = np.block([[self.light_matrix, self.cross], [self.cross.T, self.matrix]])
        return matrix, np.concatenate([self.light_vector, self.vector])

    def kept(self):
        zeroed = np.zeros(len(self.vector), dtype=bool) if self.zeroed is None else self.zeroed
        return np.nonzero(np.concatenate([np.ones(len(self.light_vector), dtype=bool), ~zeroed]))[0]

    def solved(self, memory=None, solve=solve_positive):
        plan = elimination_from(len(self.vector), self.zeroed, self.coupled, memory)
        order = plan.order
        matrix = np.triu(self.matrix[np.ix_(order, order)])
        cross = np.ascontiguousarray(self.cross[:, order])
        return solve(matrix, cross, self.light_matrix, self.vector[order], self.light_vector, plan)


def brute_force(system):
    """Return light and source by the active set of SciPy, on a factor of all that is kept."""
    (matrix, vector), kept = system.full, system.kept()
    factor = np.linalg.cholesky(matrix[np.ix_(kept, kept)]).T
    values = np.zeros(len(vector))
    if len(kept):
        values[kept], _ = scipy.optimize.nnls(factor, np.linalg.solve(factor.T, vector[kept]))
    return values


def joined(solution):
    return np.concatenate([solution.light, solution.source])


def check(system, solution, tolerance=1e-8):
    expected = brute_force(system)
    assert solution.status == Status.CONVERGED
    assert solution.kkt_residual < 1e-12
    np.testing.assert_allclose(joined(solution), expected, atol=tolerance * max(1.0, np.max(expected, initial=0.0)))
    np.testing.assert_allclose(solution.log_det, np.linalg.slogdet(system.matrix)[1], rtol=1e-11, atol=1e-9)
    raise_for_status(solution)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6),
    light=st.sampled_from([0, 1, 5, 12]),
    side=st.sampled_from([0, 1, 4, 9]),
    noise=st.sampled_from([0.0, 0.1, 3.0]),
    zeroed=st.sampled_from(["edge", "none", "all", "random"]),
    level=st.sampled_from([-1.0, 0.0, 1.0]),
    forgetful=st.booleans(),
)
def test_positive_solutions_agree_with_brute_force(seed, light, side, noise, zeroed, level, forgetful):
    system = System(seed, light, side, noise, zeroed, level)
    rng = np.random.default_rng(seed)
    memory = None if forgetful else Memory(rng.normal(size=side * side), rng.normal(size=light))
    check(system, system.solved(memory))


def test_a_memory_of_another_problem_does_not_change_the_solution():
    system, other = System(seed=1), System(seed=2, noise=2.0)
    cold, warm, own = system.solved(), system.solved(other.solved().memory), system.solved(system.solved().memory)
    np.testing.assert_allclose(joined(warm), joined(cold), rtol=0, atol=1e-9)
    np.testing.assert_allclose(joined(own), joined(cold), rtol=0, atol=1e-9)
    assert np.count_nonzero(cold.source == 0) > np.count_nonzero(system.zeroed) + 10
    assert own.exchanges == 1 < cold.exchanges
    assert abs(warm.log_det - cold.log_det) < 1e-9


def test_a_memory_of_another_size_is_not_used():
    system = System(seed=1)
    check(system, system.solved(System(seed=1, side=4).solved().memory))
    check(system, system.solved(System(seed=1, light=2).solved().memory))


def test_where_exchange_does_not_end_the_active_set_does(monkeypatch):
    monkeypatch.setattr(_exchange, "MOST_EXCHANGES", 1)
    for seed in range(3):
        system = System(seed, noise=2.0)
        solution = system.solved()
        assert solution.exchanges == 1
        check(system, solution)


def test_the_residual_sees_a_wrong_solution(monkeypatch):
    monkeypatch.setattr(_exchange, "_wrong", lambda trial: np.zeros(len(trial.source), dtype=bool))
    solution = System(noise=3.0).solved()
    assert solution.status == Status.NOT_CONVERGED
    assert solution.kkt_residual > 1e-4
    with pytest.raises(ValueError, match="misses the conditions of the minimum by"):
        raise_for_status(solution)


@pytest.mark.parametrize("information", [1e-6, 1e6, 1e12])
def test_much_and_little_regularisation_is_solved_to_rounding(information):
    system = System(seed=4, light=12, side=15, information=information)
    solution = system.solved()
    assert solution.converged
    assert solution.kkt_residual < 1e-11
    again = system.solved(Memory(np.random.default_rng(0).normal(size=225), np.ones(12)))
    np.testing.assert_allclose(again.source, solution.source, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("light", "side"), [(0, 9), (5, 0), (0, 0), (3, 1)])
def test_derivatives_of_systems_without_a_part(light, side):
    solution = System(light=light, side=side, zeroed="none").solved()
    source, moved = solve_passive(solution, np.ones((2, side * side)), np.ones((2, light)))
    assert source.shape == (2, side * side)
    assert moved.shape == (2, light)
    assert np.all(np.isfinite(inverse_of(solution, Scratch())))


def test_plain_solutions_agree_with_a_dense_solve():
    system = System(zeroed="none", light=3)
    solution = system.solved(solve=solve_plain)
    matrix, vector = system.full
    np.testing.assert_allclose(joined(solution), np.linalg.solve(matrix, vector), rtol=1e-9, atol=1e-9)
    assert solution.converged
    assert np.min(solution.source) < 0


@pytest.mark.parametrize(("solve", "zeroed"), [(solve_positive, "edge"), (solve_positive, "none"), (solve_plain, "none")])
def test_other_right_hand_sides_move_what_is_not_at_zero(solve, zeroed):
    system = System(zeroed=zeroed)
    solution = system.solved(solve=solve)
    g, rng = len(system.light_vector), np.random.default_rng(0)
    vectors = rng.normal(size=(3, g + len(system.vector)))
    source, light = solve_passive(solution, vectors[:, g:], vectors[:, :g])
    (passive,) = np.nonzero(joined(solution))
    expected = np.zeros_like(vectors)
    expected[:, passive] = np.linalg.solve(system.full[0][np.ix_(passive, passive)], vectors[:, passive].T).T
    np.testing.assert_allclose(np.concatenate([light, source], axis=-1), expected, atol=1e-9 * np.max(np.abs(expected)))


def test_the_inverse_is_that_of_the_whole_source_filled_up_by_zeros():
    system = System()
    solution = system.solved()
    inverse, position = inverse_of(solution, Scratch()), solution.plan.position
    assert not np.any(inverse[len(position) :])
    assert not np.any(inverse[:, len(position) :])
    np.testing.assert_allclose(inverse[np.ix_(position, position)] @ system.matrix, np.eye(len(system.vector)), atol=1e-9)
    np.testing.assert_array_equal(inverse, inverse.T)


@pytest.mark.parametrize("kept", [True, False])
def test_a_matrix_that_is_not_positive_definite_is_said_to_be(kept):
    system = System()
    pixel = np.nonzero(system.zeroed != kept)[0][3]
    system.matrix[pixel, pixel] = -1.0
    solution = system.solved()
    assert solution.status == Status.SOURCE_NOT_POSITIVE_DEFINITE
    assert np.all(np.isnan(joined(solution)))
    with pytest.raises(ValueError, match="must be positive definite for the source, F \\+ H, but is singular"):
        raise_for_status(solution)
    with pytest.raises(ValueError, match="`solution` must be one, but its status is"):
        inverse_of(solution, Scratch())


def test_light_that_depends_on_other_light_is_said_to():
    dark = System(zeroed="none")
    dark.light_matrix[0], dark.light_matrix[:, 0], dark.cross[0] = 0.0, 0.0, 0.0
    assert dark.solved().status == dark.solved(solve=solve_plain).status == Status.LIGHT_NOT_POSITIVE_DEFINITE
    system = System(light=2, zeroed="none")
    system.light_matrix[:] = system.light_matrix[0, 0] * np.asarray([[1.0, 1.5], [1.5, 1.0]])
    solution = system.solved(solve=solve_plain)
    assert solution.status == Status.LIGHT_NOT_POSITIVE_DEFINITE
    with pytest.raises(ValueError, match="must be positive definite for light"):
        raise_for_status(solution)


@pytest.mark.parametrize("name", ["matrix", "vector", "cross", "light_matrix", "light_vector"])
def test_values_that_are_not_finite_are_said_not_to_be(name):
    system = System()
    array = getattr(system, name)
    array[(40,) * array.ndim if name in ("matrix", "vector") else (0,) * array.ndim] = np.nan
    if name == "cross":
        array[0, 40] = np.nan
    solution = system.solved()
    assert solution.status == Status.NOT_FINITE
    with pytest.raises(ValueError, match="must be finite, but holds NaN"):
        raise_for_status(solution)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 25), extra=st.integers(0, 5), shift=st.sampled_from([-3.0, 0.0, 3.0]))
def test_small_positive_solutions_agree_with_brute_force(seed, n, extra, shift):
    rng = np.random.default_rng(seed)
    factor, vector = rng.normal(size=(n + extra, n)) + 0.1 * np.eye(n + extra, n), rng.normal(size=n + extra) + shift
    matrix, right = factor.T @ factor + 1e-6 * np.eye(n), factor.T @ vector
    root = np.linalg.cholesky(matrix).T
    expected, _ = scipy.optimize.nnls(root, np.linalg.solve(root.T, right))
    start = rng.uniform(size=n) < 0.5
    for passive in (None, start, ~start):
        found = positive_solution_from(matrix, right, passive)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_batches_of_small_systems_are_ordinary():
    rng = np.random.default_rng(3)
    factors, vectors = rng.normal(size=(4, 1, 9, 6)), rng.normal(size=(5, 6))
    matrices = np.swapaxes(factors, -1, -2) @ factors
    found = positive_solution_from(matrices, vectors)
    assert found.shape == (4, 5, 6)
    np.testing.assert_array_equal(found[2, 3], positive_solution_from(matrices[2, 0], vectors[3]))


def test_small_systems_of_nothing_and_equal_columns():
    assert positive_solution_from(np.zeros((0, 0)), np.zeros(0)).shape == (0,)
    assert positive_solution_from(np.eye(3), np.zeros(3)).tolist() == [0.0, 0.0, 0.0]
    assert positive_solution_from(np.ones((3, 3)), np.ones(3)).sum() == pytest.approx(1.0)
    assert positive_solution_from(np.ones((3, 3)), np.ones(3), np.ones(3, dtype=bool)).sum() == pytest.approx(1.0)


def test_small_systems_that_are_bad():
    with pytest.raises(ValueError, match=r"`matrix` must have shape \(\.\.\., n, n\), and `vector` \(\.\.\., n\)"):
        positive_solution_from(np.eye(3), np.ones(2))
    with pytest.raises(np.linalg.LinAlgError, match="must be finite, but are not"):
        positive_solution_from(np.eye(2), np.asarray([1.0, np.nan]))
    for matrix in (np.diag([1.0, -1.0]), np.asarray([[1.0, -2.0], [-2.0, 1.0]]), np.zeros((2, 2))):
        with pytest.raises(np.linalg.LinAlgError, match="`matrix` must be positive definite, but is not"):
            positive_solution_from(matrix, np.asarray([1.0, 3.0]))
