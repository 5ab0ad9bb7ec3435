"""The data side of an inversion on NumPy arrays, against dense matrices: curvature both ways, its derivative, and blur."""

import numpy as np
import pytest

from lensarrays import Mask2D
from lensarrays.ops.inversion import _blur
from lensarrays.ops.inversion._threads import shares_of
from lensarrays.ops.inversion.operator import operator_from

PIXELS = 37  # of the mesh
RNG = np.random.default_rng(4)
GENERAL, SEPARABLE = RNG.random((5, 7)), RNG.random((7, 1)) * RNG.random((1, 3))
PRECOMPUTED = pytest.mark.parametrize("precomputed", [True, False])


def make_mask() -> Mask2D:
    """A disc with a hole, that reaches three edges of its image."""
    y, x = np.mgrid[:30, :34]
    used = ((y - 14) ** 2 + (x - 17) ** 2 < 16**2) & ((y - 12) ** 2 + (x - 15) ** 2 >= 12)
    return Mask2D(~used, pixel_scales=0.1)


MASK = make_mask()
N = MASK.pixels_in_mask
NOISE = RNG.uniform(0.5, 2.0, N)


def make_table(width: int | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A mapping matrix with so many entries in each row, or with up to six, some of them in one place."""
    lengths = RNG.integers(0, 7, N) if width is None else np.full(N, width)
    pointer = np.concatenate([[0], np.cumsum(lengths)])
    indexes = RNG.integers(0, PIXELS, pointer[-1])
    indexes[5:8] = indexes[4]
    return pointer, indexes, RNG.normal(size=pointer[-1])


def dense_blur(kernel: np.ndarray) -> np.ndarray:
    """The PSF as a matrix from used and then blurring pixels to the used ones: out[y] = sum over k of K[k] in[y - k]."""
    blurring = MASK.derive_mask.blurring_from(kernel.shape, allow_padding=True)
    margin = (np.asarray(blurring.shape_native) - MASK.shape_native) // 2
    used = np.argwhere(~MASK.array) + margin
    inputs = np.concatenate([used, np.argwhere(~blurring.array)])
    shifts = used[:, None] - inputs + np.asarray(kernel.shape) // 2
    is_reached = np.all((shifts >= 0) & (shifts < kernel.shape), axis=-1)
    return np.where(is_reached, kernel[tuple(np.moveaxis(np.where(is_reached[..., None], shifts, 0), -1, 0))], 0)


def dense_mapping(table: tuple) -> np.ndarray:
    pointer, indexes, weights = table
    matrix = np.zeros((N, PIXELS))
    np.add.at(matrix, (np.repeat(np.arange(N), np.diff(pointer)), indexes), weights)
    return matrix


def assert_near(actual: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-13 * np.max(np.abs(expected)))


@PRECOMPUTED
@pytest.mark.parametrize(("kernel", "width"), [(GENERAL, 4), (SEPARABLE, 3), (GENERAL, None), (np.ones((1, 1)), 1)])
def test_curvature_and_its_derivative_agree_with_dense_matrices(kernel, width, precomputed):
    table = pointer, indexes, _ = make_table(width)
    operator = operator_from(MASK, kernel, NOISE, precomputed=precomputed)
    blur = dense_blur(kernel)[:, :N]
    over_noise = blur @ dense_mapping(table) / NOISE[:, None]
    cotangent = RNG.normal(size=(PIXELS, PIXELS))
    cotangent += cotangent.T
    slopes = 2 * blur.T @ (over_noise / NOISE[:, None]) @ cotangent
    for threads in (1, 3):
        curvature = operator.curvature(*table, PIXELS, threads=threads)
        assert_near(np.triu(curvature), np.triu(over_noise.T @ over_noise))
        adjoint = operator.curvature_adjoint(*table, PIXELS, cotangent, threads=threads)
        assert_near(adjoint, slopes[np.repeat(np.arange(N), np.diff(pointer)), indexes])


@PRECOMPUTED
def test_the_derivative_is_that_of_finite_differences(precomputed):
    pointer, indexes, weights = make_table(4)
    operator = operator_from(MASK, GENERAL, NOISE, precomputed=precomputed)
    cotangent = RNG.normal(size=(PIXELS, PIXELS))
    cotangent += cotangent.T
    direction = RNG.normal(size=weights.size)

    def value(step):
        upper = np.triu(operator.curvature(pointer, indexes, weights + step * direction, PIXELS))
        return np.sum(cotangent * (upper + np.triu(upper, 1).T))

    expected = (value(0.5) - value(-0.5)) / 1.0  # F is quadratic, so that this is exact
    slopes = operator.curvature_adjoint(pointer, indexes, weights, PIXELS, cotangent)
    assert np.isclose(slopes @ direction, expected, rtol=1e-11)


@PRECOMPUTED
def test_results_can_be_repeated_and_go_to_memory_that_is_given(precomputed):
    table, other = make_table(4), make_table(3)
    operator = operator_from(MASK, GENERAL, NOISE, precomputed=precomputed)
    first = np.triu(operator.curvature(*table, PIXELS, threads=2))
    out = np.full((PIXELS, PIXELS), np.nan)
    operator.curvature(*other, PIXELS)
    operator.curvature_adjoint(*table, PIXELS, np.full((PIXELS, PIXELS), np.nan))
    assert operator.curvature(*table, PIXELS, out=out, threads=2) is out
    np.testing.assert_array_equal(np.triu(out), first)


@pytest.mark.parametrize("kernel", [GENERAL, SEPARABLE, np.ones((1, 1)), RNG.random((3, 41))])
@pytest.mark.parametrize("largest_direct", [0, 1000])
def test_blur_and_its_transpose_agree_with_dense_matrices(kernel, largest_direct, monkeypatch):
    monkeypatch.setattr(_blur, "LARGEST_DIRECT", largest_direct)
    operator, blur = operator_from(MASK, kernel, NOISE, precomputed=False), dense_blur(kernel)
    images = RNG.normal(size=(4, blur.shape[1]))
    images[1], images[2] = 0, np.where(np.arange(blur.shape[1]) == 100, 1, 0)
    assert_near(operator.blurred(images, threads=3), images @ blur.T)
    seen = RNG.normal(size=(3, N))
    seen[1], seen[2, 3:] = 0, 0
    assert_near(operator.blurred_adjoint(seen, threads=1), seen @ blur)
    assert operator.blurred(images[:0]).shape == (0, N)


@pytest.mark.parametrize("kernel", [GENERAL, SEPARABLE])
def test_products_with_a_mapping_agree_with_dense_matrices(kernel):
    table, seen = make_table(None), RNG.normal(size=(11, N))
    operator = operator_from(MASK, kernel, NOISE, precomputed=False)
    matrix = dense_blur(kernel)[:, :N] @ dense_mapping(table)
    assert_near(operator.blurred_mapping_matrix(*table, PIXELS), matrix)
    assert_near(operator.cross(seen / NOISE, *table, PIXELS), seen / NOISE**2 @ matrix)
    assert_near(operator.data_vector(*table, PIXELS, seen[0]), seen[0] / NOISE**2 @ matrix)


def test_a_blurred_nan_is_not_lost():
    operator = operator_from(MASK, SEPARABLE, NOISE, precomputed=False)
    image = np.zeros((1, N))
    image[0, 200] = np.nan
    assert np.isnan(operator.blurred_adjoint(image)[0, 200])
    assert not np.any(np.isnan(operator.blurred_adjoint(np.ones((1, N)))))


def test_one_operator_is_kept_for_equal_inputs_and_arrays_may_be_of_other_types():
    operator = operator_from(MASK, GENERAL, NOISE, precomputed=True)
    assert operator_from(make_mask(), GENERAL.copy(), NOISE.copy(), precomputed=True) is operator
    assert operator_from(MASK, GENERAL, 2 * NOISE, precomputed=True) is not operator
    pointer, indexes, weights = make_table(4)
    expected = np.triu(operator.curvature(pointer, indexes, weights, PIXELS))
    weights.flags.writeable = False  # as those that come from JAX
    actual = operator.curvature(pointer.astype(np.int32), indexes.astype(np.int32), weights, PIXELS)
    np.testing.assert_array_equal(np.triu(actual), expected)


def test_an_index_that_is_no_mesh_pixel_is_refused():
    operator, (pointer, indexes, weights) = operator_from(MASK, GENERAL, NOISE, precomputed=False), make_table(2)
    with pytest.raises(ValueError, match=r"`indexes` must be from 0 to 19, .* but are from 0 to 36; make"):
        operator.curvature(pointer, indexes, weights, 20)


def test_shares_hold_every_item_once():
    for threads in (1, 2, 5, 40):
        shares = shares_of(np.asarray([0, 1, 1, 5, 6, 30, 31]), threads)
        assert [i for begin, end in shares for i in range(begin, end)] == list(range(6))
