"""W between the pixels of an image, on NumPy arrays, against dense matrices: curvature, its derivative, and products."""

import numpy as np
import pytest

from lensarrays import Mask2D
from lensarrays.ops.interferometry._windows import bytes_of
from lensarrays.ops.interferometry.operator import VisibilityOperator, operator_from

RNG = np.random.default_rng(6)
A, B, REAL, IMAGINARY = RNG.normal(size=(2, 9)).tolist() + RNG.uniform(0.5, 2, (2, 9)).tolist()
KINDS = pytest.mark.parametrize("dense", [False, True])


def make_mask(ny: int, nx: int) -> Mask2D:
    """Most pixels of a box that touches no edge of its image and has a hole, so that a row has several runs."""
    y, x = np.mgrid[:ny, :nx]
    used = (RNG.random((ny, nx)) < 0.9) & ((y - ny // 2) ** 2 + (x - nx // 2) ** 2 > 5)
    used[0, 0] = used[-1, -1] = True
    return Mask2D(np.pad(~used, ((2, 3), (5, 1)), constant_values=True), pixel_scales=0.1)


def make_scattered_mask() -> Mask2D:
    """A few pixels of a large box, of which a dense matrix takes less memory than windows of a table."""
    masked = np.ones((40, 40), dtype=bool)
    masked[RNG.integers(0, 40, 30), RNG.integers(0, 40, 30)] = False
    return Mask2D(masked, pixel_scales=0.1)


MASKS = [make_mask(20, 26), make_mask(7, 41), make_mask(35, 5), make_scattered_mask()]


def cosines(rows: np.ndarray, columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The sum over visibilities of a weight times the cosine of a phase that a row and a column have."""
    return np.cos(columns[..., None] * A - rows[..., None] * B) @ weights


def make_problem(mask: Mask2D, unequal: bool, dense: bool = False) -> tuple[VisibilityOperator, np.ndarray]:
    """An operator, and its W from the phases of all pairs of pixels."""
    rows, columns = (part - part.min() for part in np.nonzero(~mask.array))
    ny, nx = rows.max() + 1, columns.max() + 1
    of_difference = (np.asarray(REAL) + IMAGINARY) / 2
    of_sum = (np.asarray(REAL) - IMAGINARY) / 2 if unequal else np.zeros(9)
    compact = cosines(*np.mgrid[:ny, 1 - nx : nx], of_difference)
    hankel = cosines(*np.mgrid[: 2 * ny - 1, : 2 * nx - 1], of_sum) if unequal else None
    matrix = cosines(rows[:, None] - rows, columns[:, None] - columns, of_difference)
    matrix += cosines(rows[:, None] + rows, columns[:, None] + columns, of_sum)
    return operator_from(mask, compact, hankel, dense=dense), matrix


def make_table(n: int, pixels: int, width: int | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """So many entries in each row, or up to six; some in one place, some zero; every fifth column is empty."""
    lengths = RNG.integers(0, 7, n) if width is None else np.full(n, width)
    pointer = np.concatenate([[0], np.cumsum(lengths)])
    indexes = RNG.integers(0, pixels, pointer[-1])
    indexes -= indexes % 5 == 4
    indexes[5:8] = indexes[4]
    weights = RNG.normal(size=pointer[-1])
    weights[::7] = 0
    return pointer, indexes, weights


def dense_mapping(table: tuple, pixels: int) -> np.ndarray:
    pointer, indexes, weights = table
    matrix = np.zeros((len(pointer) - 1, pixels))
    np.add.at(matrix, (np.repeat(np.arange(len(matrix)), np.diff(pointer)), indexes), weights)
    return matrix


def assert_near(actual: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-13 * np.max(np.abs(expected)))


@KINDS
@pytest.mark.parametrize("unequal", [False, True])
@pytest.mark.parametrize(
    ("mask", "pixels", "width"), [(MASKS[0], 150, 3), (MASKS[1], 6, None), (MASKS[2], 64, 1), (MASKS[3], 20, 3)]
)
def test_curvature_and_its_derivative_agree_with_dense_matrices(mask, pixels, width, unequal, dense):
    operator, matrix = make_problem(mask, unequal, dense)
    table = pointer, indexes, _ = make_table(mask.pixels_in_mask, pixels, width)
    mapping, cotangent = dense_mapping(table, pixels), RNG.normal(size=(pixels, pixels))
    cotangent += cotangent.T
    slopes = (2 * matrix @ mapping @ cotangent)[np.repeat(np.arange(len(matrix)), np.diff(pointer)), indexes]
    results = []
    for threads in (1, 3):
        results.append(np.triu(operator.curvature(*table, pixels, threads=threads)))
        results.append(operator.curvature_adjoint(*table, pixels, cotangent, threads=threads))
    assert_near(results[0], np.triu(mapping.T @ matrix @ mapping))
    assert_near(results[1], slopes)
    np.testing.assert_array_equal(results[2], results[0])
    np.testing.assert_array_equal(results[3], results[1])


@pytest.mark.parametrize("unequal", [False, True])
def test_the_derivative_is_that_of_finite_differences(unequal):
    operator, _ = make_problem(MASKS[0], unequal)
    pointer, indexes, weights = make_table(MASKS[0].pixels_in_mask, 70, 4)
    cotangent, direction = RNG.normal(size=(70, 70)), RNG.normal(size=weights.size)
    cotangent += cotangent.T

    def value(step):
        upper = np.triu(operator.curvature(pointer, indexes, weights + step * direction, 70))
        return np.sum(cotangent * (upper + np.triu(upper, 1).T))

    slopes = operator.curvature_adjoint(pointer, indexes, weights, 70, cotangent)
    assert np.isclose(slopes @ direction, value(0.5) - value(-0.5), rtol=1e-11)  # F is quadratic, so that this is exact


@KINDS
def test_results_can_be_repeated_and_go_to_memory_that_is_given(dense):
    operator, _ = make_problem(MASKS[0], True, dense)
    table, other = (make_table(MASKS[0].pixels_in_mask, 70, width) for width in (4, 3))
    first = np.triu(operator.curvature(*table, 70))
    operator.curvature(*other, 70)
    operator.curvature_adjoint(*table, 70, np.full((70, 70), np.nan))
    out = np.full((70, 70), np.nan)
    assert operator.curvature(*table, 70, out=out, threads=2) is out
    np.testing.assert_array_equal(np.triu(out), first)


def test_the_order_of_columns_and_of_entries_is_free():
    operator, _ = make_problem(MASKS[0], False)
    pointer, indexes, weights = make_table(MASKS[0].pixels_in_mask, 150, 3)
    order = RNG.permutation(150)
    expected = np.triu(operator.curvature(pointer, indexes, weights, 150))
    expected += np.triu(expected, 1).T
    backwards = order[indexes].reshape(-1, 3)[:, ::-1].ravel(), weights.reshape(-1, 3)[:, ::-1].ravel()
    assert_near(np.triu(operator.curvature(pointer, *backwards, 150)), np.triu(expected[np.ix_(*2 * [np.argsort(order)])]))


@pytest.mark.parametrize("unequal", [False, True])
def test_a_cotangent_may_be_filled_up_and_a_table_empty(unequal):
    operator, matrix = make_problem(MASKS[1], unequal)
    n = len(matrix)
    table, cotangent = make_table(n, 13, 2), np.ones((13, 13))
    padded = operator.curvature_adjoint(*table, 13, np.pad(cotangent, (0, 3)))
    assert_near(padded, operator.curvature_adjoint(*table, 13, cotangent))
    nothing = np.zeros(n + 1, dtype=int), np.zeros(0, dtype=int), np.zeros(0)
    assert np.all(np.triu(operator.curvature(*nothing, 13)) == 0)
    assert operator.curvature_adjoint(*nothing, 13, cotangent).shape == (0,)


@pytest.mark.parametrize("unequal", [False, True])
@pytest.mark.parametrize("mask", MASKS)
def test_products_agree_with_a_dense_matrix(mask, unequal):
    operator, matrix = make_problem(mask, unequal)
    images = RNG.normal(size=(5, len(matrix)))
    assert_near(operator.products(images), images @ matrix)
    assert operator.products(images[:0]).shape == (0, len(matrix))


@pytest.mark.parametrize("unequal", [False, True])
@pytest.mark.parametrize("mask", MASKS)
def test_what_windows_take_is_known_before(mask, unequal):
    operator, _ = make_problem(mask, unequal, dense=True)
    assert bytes_of(mask, 2 if unequal else 1) == operator._windows.kernels.nbytes


def test_a_mask_of_one_pixel_has_one_weight():
    mask = Mask2D(np.arange(9).reshape(3, 3) != 5, pixel_scales=0.1)
    table = np.asarray([0, 1]), np.asarray([0]), np.asarray([3.0])
    for hankel, weight in ((None, 2.0), (np.asarray([[5.0]]), 7.0)):
        operator = operator_from(mask, np.asarray([[2.0]]), hankel)
        np.testing.assert_allclose(operator.curvature(*table, 1), [[9 * weight]])
        np.testing.assert_allclose(operator.products(np.ones((1, 1))), [[weight]])


def test_one_operator_is_kept_for_equal_inputs_and_arrays_may_be_of_other_types():
    mask = MASKS[1]
    operator, _ = make_problem(mask, True)
    assert make_problem(mask, True)[0] is operator
    assert make_problem(mask, False)[0] is not operator
    assert make_problem(mask, True, dense=True)[0] is not operator
    pointer, indexes, weights = make_table(mask.pixels_in_mask, 20, 4)
    expected = np.triu(operator.curvature(pointer, indexes, weights, 20))
    weights.flags.writeable = False  # as those that come from JAX
    actual = operator.curvature(pointer.astype(np.int32), indexes.astype(np.int32), weights, 20)
    np.testing.assert_array_equal(np.triu(actual), expected)


@KINDS
def test_an_index_that_is_no_mesh_pixel_is_refused(dense):
    operator, _ = make_problem(MASKS[0], False, dense)
    table = np.asarray([0, 1] + [1] * (MASKS[0].pixels_in_mask - 1)), np.asarray([25]), np.ones(1)
    with pytest.raises(ValueError, match=r"`indexes` must be from 0 to 19, .* but are from 25 to 25; make"):
        operator.curvature(*table, 20)
