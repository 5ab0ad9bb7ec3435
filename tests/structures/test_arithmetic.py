"""What operators, indexing and NumPy give: a structure where one is on the left or the other is a scalar, else bare arrays."""

import operator

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from astropy import units

from lensarrays import Array2D, ArrayIrregular, Grid2D, Grid2DIrregular, Mask2D, VectorYX2D, Visibilities

MASK = Mask2D([[False, True, False], [False, False, False]], pixel_scales=0.1)
VALUES = np.asarray([1.0, 2.0, 3.0, 4.0, 5.0])


@pytest.fixture
def array(xp):
    return Array2D(xp.asarray(VALUES), MASK)


def assert_structure(actual, expected, array):
    assert type(actual) is type(array)
    assert actual.mask == array.mask
    np.testing.assert_allclose(np.asarray(actual.array), expected, rtol=1e-15)


ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


@pytest.mark.parametrize("operation", ARITHMETIC)
def test_structure_first(array, xp, operation):
    for other in (2, 2.5, array, xp.asarray(VALUES), xp.asarray(2.0), ArrayIrregular(xp.asarray(VALUES))):
        expected = operation(VALUES, np.asarray(getattr(other, "array", other)))
        assert_structure(operation(array, other), expected, array)


@pytest.mark.parametrize("operation", ARITHMETIC)
def test_numpy_operands_yield_to_the_library_of_the_structure(array, operation):
    for other in (VALUES, np.float64(2.0), np.asarray(2.0), VALUES.tolist(), tuple(VALUES)):
        result = operation(array, other)
        assert_structure(result, operation(VALUES, np.asarray(other)), array)
        assert type(result.array) is type(array.array)


@pytest.mark.parametrize("operation", ARITHMETIC[:4])
def test_scalar_first(array, operation):
    for scalar in (2, 2.5, np.float64(2.5), np.float32(0.5)):
        assert_structure(operation(scalar, array), operation(scalar, VALUES), array)


def test_a_numpy_array_first_gives_a_bare_array(array):
    for operation in ARITHMETIC[:4]:
        for other in (VALUES, np.asarray(2.0)):
            result = operation(other, array)
            assert isinstance(result, (np.ndarray, np.float64))
            np.testing.assert_allclose(result, operation(other, VALUES))


def test_a_jax_array_first_gives_a_structure():
    array = Array2D(jnp.asarray(VALUES), MASK)
    for operation in ARITHMETIC[:4]:
        assert_structure(operation(jnp.ones(5), array), operation(np.ones(5), VALUES), array)


def test_numpy_functions_give_bare_arrays(array):
    np.testing.assert_array_equal(np.sqrt(array), np.sqrt(VALUES))
    np.testing.assert_array_equal(np.add(array, array), 2 * VALUES)
    np.testing.assert_array_equal(np.where(array > 2, array, 0.0), np.where(VALUES > 2, VALUES, 0.0))
    for result in (np.sqrt(array), np.add(array, array), np.asarray(array), np.abs(array), np.array(array)):
        assert type(result) is np.ndarray
    assert np.asarray(array, dtype=np.float32).dtype == np.float32
    np.array(array)[0] = 9.0
    assert float(array.array[0]) == 1.0


@pytest.mark.parametrize("operation", [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne])
def test_comparisons_give_bare_arrays(array, xp, operation):
    for other in (2.0, array, xp.asarray(VALUES), VALUES.tolist()):
        result = operation(array, other)
        assert type(result) is type(array.array)
        np.testing.assert_array_equal(np.asarray(result), operation(VALUES, np.asarray(getattr(other, "array", other))))


def test_comparison_with_what_is_no_number(array):
    assert array != None  # noqa: E711
    assert array != "five"
    assert (array == None) is False  # noqa: E711
    with pytest.raises(TypeError, match="unsupported operand"):
        array + "five"
    with pytest.raises(TypeError, match="unsupported operand"):
        array * None


@pytest.mark.parametrize("operation", [operator.floordiv, operator.mod, operator.matmul, operator.and_, operator.or_])
def test_operators_that_structures_do_not_have(operation):
    array = Array2D(VALUES, MASK)
    with pytest.raises(TypeError, match="unsupported operand"):
        operation(array, array)
    with pytest.raises(TypeError, match="unsupported operand"):
        2**array


def test_unary_operators(array, xp):
    assert_structure(-array, -VALUES, array)
    assert_structure(abs(-array), VALUES, array)
    assert +array is array
    bools = Array2D(array.array > 2, MASK)
    np.testing.assert_array_equal(np.asarray(~bools), VALUES <= 2)


def test_in_place_operators_make_new_structures(array):
    alias = array
    array += 1
    array *= 2
    assert_structure(array, 2 * (VALUES + 1), array)
    assert_structure(alias, VALUES, array)


def test_structures_cannot_be_hashed(array):
    with pytest.raises(TypeError, match="unhashable type"):
        hash(array)


def test_different_masks_raise(array):
    other = Array2D(array.array, Mask2D(MASK.array[::-1], pixel_scales=0.1))
    shifted = Array2D(array.array, Mask2D(MASK, pixel_scales=0.1, origin=(1.0, 0.0)))
    for operation in (*ARITHMETIC, operator.eq, operator.lt):
        for wrong in (other, shifted, VectorYX2D(np.ones((5, 2)), other.mask)):
            with pytest.raises(ValueError, match=r"Both operands must have the same mask, but .* `apply_mask`, or combine"):
                operation(array, wrong)
    assert_structure(array + Array2D(array.array, Mask2D(MASK.array.copy(), pixel_scales=0.1)), 2 * VALUES, array)


def test_mixed_libraries_raise():
    array, other = Array2D(jnp.asarray(VALUES), MASK), Array2D(array_api_strict.asarray(VALUES), MASK)
    for wrong in (other, other.array):
        with pytest.raises(
            TypeError, match="at most one other library, but are of array_api_strict, jaxlib; convert them first"
        ):
            array + wrong
    assert isinstance((array + Array2D(VALUES, MASK)).array, jax.Array)
    assert isinstance((Array2D(VALUES, MASK) + array).array, jax.Array)


def test_numbers_and_pairs_do_not_mix_even_for_two_points():
    mask = Mask2D([[False, False]], pixel_scales=0.1)
    numbers, pairs = Array2D([2.0, 3.0], mask), Grid2D([[0.0, 1.0], [2.0, 3.0]], mask)
    for a, b in (
        (numbers, pairs),
        (pairs, numbers),
        (pairs, ArrayIrregular([2.0, 3.0])),
        (numbers, Grid2DIrregular([[0.0, 1.0], [2.0, 3.0]])),
    ):
        for operation in (*ARITHMETIC, operator.eq, operator.lt):
            with pytest.raises(ValueError, match=r"a value of the same shape per point, .* with `array.array\[..., None\]`"):
                operation(a, b)
    np.testing.assert_array_equal((pairs * numbers.array[..., None]).array, [[0.0, 2.0], [6.0, 9.0]])


def test_operands_with_units_raise():
    quantity = VALUES * units.arcsec
    with pytest.raises(TypeError, match="`operand` must be plain numbers, but has the unit arcsec"):
        Array2D(VALUES, MASK) + quantity


def test_attributes_cannot_be_deleted(array):
    for name in ("values", "mask"):
        with pytest.raises(AttributeError, match=f"`{name}` of a Array2D cannot be deleted: it is immutable"):
            delattr(array, name)
    assert_structure(array, VALUES, array)


def test_shapes_that_do_not_fit_raise():
    array = Array2D(VALUES, MASK)
    with pytest.raises(ValueError, match="broadcast"):
        array + np.ones(4)
    with pytest.raises(
        ValueError, match=r"`values` must have shape \(..., 5\), one per used pixel of the mask, but has \(5, 1\)"
    ):
        array.at[...].set(0.0).sum() + Array2D(np.ones((5, 1)), MASK)


def test_a_batch_and_a_single_one():
    batch = Array2D(np.stack([VALUES, 2 * VALUES]), MASK)
    assert_structure(batch - Array2D(VALUES, MASK), np.stack([0 * VALUES, VALUES]), batch)
    assert_structure(Array2D(VALUES, MASK) * np.asarray([[1.0], [3.0]]), np.stack([VALUES, 3 * VALUES]), batch)


def test_lists_have_the_precision_of_the_structure(xp):
    grid = Grid2DIrregular(xp.asarray([[1.0, 2.0]], dtype=xp.float32))
    assert (grid - (0.1, 0.2)).dtype == xp.float32
    pairs = [[1, 2]]
    assert (grid + pairs).dtype == xp.float32


def test_lists_of_traced_numbers():
    grid = Grid2D.uniform((2, 2), 1.0, xp=jnp)

    @jax.jit
    def shifted(y, x):
        points = Grid2DIrregular([(y, x), (0.0, 1.0)])
        return (grid - (y, x)).over_sampled, points - [-y, -2.0], ArrayIrregular([y, 1.0])

    over_sampled, points, values = shifted(1.0, 2.0)
    np.testing.assert_allclose(over_sampled.array, grid.over_sampled.array - np.asarray([1.0, 2.0]))
    np.testing.assert_allclose(points.array, [[2.0, 4.0], [1.0, 3.0]])
    np.testing.assert_allclose(values.array, [1.0, 1.0])


# Indexing.


def test_indexing_gives_bare_arrays(array, xp):
    for key in (0, -1, slice(1, 3), ..., xp.asarray([0, 2]), array > 2, xp.asarray(VALUES > 3)):
        result = array[key]
        assert isinstance(result, (type(array.array), np.float64))
        np.testing.assert_array_equal(np.asarray(result), VALUES[np.asarray(key) if hasattr(key, "dtype") else key])
    assert len(array) == 5
    assert [float(value) for value in array] == VALUES.tolist()


def test_a_slice_of_points_is_a_structure_and_of_a_batch_is_not(xp):
    points = Grid2DIrregular(xp.asarray(np.arange(10.0).reshape(5, 2)))
    assert isinstance(points[1:3], Grid2DIrregular)
    np.testing.assert_array_equal(np.asarray(points[1:3]), np.arange(10.0).reshape(5, 2)[1:3])
    np.testing.assert_array_equal(np.asarray(points[:, 0]), np.arange(0.0, 10.0, 2.0))
    batch = Grid2DIrregular(xp.ones((3, 5, 2)))
    assert not isinstance(batch[1:3, ...], Grid2DIrregular)
    assert isinstance(ArrayIrregular(xp.ones(4))[::2], ArrayIrregular)
    assert isinstance(Visibilities(xp.ones((4, 2)))[:1], Visibilities)


def test_indexing_by_lists(array, xp):
    np.testing.assert_array_equal(np.asarray(array[[0, 2]]), VALUES[[0, 2]])
    np.testing.assert_array_equal(np.asarray(array[[True, False, False, True, False]]), VALUES[[0, 3]])
    assert array[[]].shape == (0,)
    assert_structure(array.at[[True, False, False, True, False]].set(9.0), [9.0, 2.0, 3.0, 9.0, 5.0], array)


@pytest.mark.parametrize("library", [np, jnp])  # array_api_strict has no assignment by integers, nor these beside slices
def test_changed_copies_by_lists(library):
    array = Array2D(library.asarray(VALUES), MASK)
    assert_structure(array.at[[0, 1]].set(9.0), [9.0, 9.0, 3.0, 4.0, 5.0], array)
    assert_structure(array.at[[0, -1]].add(VALUES[:2]), [2.0, 2.0, 3.0, 4.0, 7.0], array)
    grid = Grid2D(library.asarray(np.arange(10.0).reshape(5, 2)), MASK)
    np.testing.assert_array_equal(np.asarray(grid[[0, 2], :]), [[0.0, 1.0], [4.0, 5.0]])


def test_a_list_of_traced_indices():
    array = Array2D(jnp.asarray(VALUES), MASK)
    np.testing.assert_array_equal(jax.jit(lambda a, i: a[[i, 0]])(array, 2), [3.0, 1.0])


def test_what_is_at_a_key(array):
    for key in (0, slice(1, 3), ..., [0, 2], array > 2):
        np.testing.assert_array_equal(np.asarray(array.at[key].get()), np.asarray(array[key]))


AT = [("set", lambda a, b: b), ("add", operator.add), ("subtract", operator.sub), ("multiply", operator.mul)]
AT += [("divide", operator.truediv), ("power", operator.pow), ("min", np.minimum), ("max", np.maximum)]


@pytest.mark.parametrize(("name", "expected"), AT, ids=[name for name, _ in AT])
def test_changed_copies(array, name, expected):
    for key in (0, slice(1, 3), ...):
        changed = VALUES.copy()
        changed[key] = expected(VALUES[key], 2.5)
        assert_structure(getattr(array.at[key], name)(2.5), changed, array)
    assert_structure(array, VALUES, array)


def test_changed_copies_by_a_mask_and_by_a_structure(array):
    assert_structure(array.at[array > 3].set(0.0), np.where(VALUES > 3, 0.0, VALUES), array)
    assert_structure(array.at[...].add(array), 2 * VALUES, array)
    with pytest.raises(AttributeError, match="transmogrify"):
        array.at[0].transmogrify(1.0)


def test_a_changed_copy_under_jit():
    array = Array2D(jnp.asarray(VALUES), MASK)
    assert_structure(jax.jit(lambda a, i, v: a.at[i].set(v))(array, 2, 9.0), [1.0, 2.0, 9.0, 4.0, 5.0], array)


def test_methods_of_arrays(array, xp):
    assert float(array.sum()) == VALUES.sum()
    assert float(array.mean()) == VALUES.mean()
    assert float(array.std()) == pytest.approx(VALUES.std())
    assert float(array.var()) == pytest.approx(VALUES.var())
    assert (float(array.min()), float(array.max())) == (1.0, 5.0)
    assert (int(array.argmin()), int(array.argmax())) == (0, 4)
    assert bool(Array2D(array > 0, MASK).all())
    assert not bool(Array2D(array > 1, MASK).all())
    assert (array.size, array.ndim, array.shape) == (5, 1, (5,))
    assert array.reshape(5, 1).shape == array.reshape((5, 1)).shape == (5, 1)
    assert array.copy() is array
    assert_structure(array.sqrt(), np.sqrt(VALUES), array)
    assert_structure(array.astype(xp.float32), VALUES, array)


REDUCTIONS = ("sum", "prod", "mean", "std", "var", "min", "max", "any", "all", "argmin", "argmax")


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("library", [np, jnp])
def test_functions_of_numpy_that_reduce(library, name):
    batch = Array2D(library.asarray(np.stack([VALUES, VALUES[::-1] - 3.0])), MASK)
    reduce = getattr(np, name)
    for keywords in ({}, {"axis": 0}, {"axis": -1, "keepdims": True}):
        result = reduce(batch, **keywords)
        assert isinstance(result, jax.Array if library is jnp else (np.ndarray, np.generic))
        np.testing.assert_allclose(np.asarray(result), reduce(np.asarray(batch.array), **keywords), rtol=1e-14)
    with pytest.raises(TypeError, match=f"`out` of `{name}` must be None, but is a ndarray; take the result"):
        getattr(batch, name)(out=np.empty(()))


@pytest.mark.parametrize("library", [np, jnp])
def test_functions_of_numpy_that_reduce_with_more_arguments(library):
    array = Array2D(library.asarray(VALUES), MASK)
    assert float(np.median(array)) == 3.0
    assert np.sum(array, dtype=np.float32).dtype == np.mean(array, dtype=np.float32).dtype == np.float32
    for name in ("std", "var"):
        expected = getattr(np, name)(VALUES, ddof=1)
        for result in (getattr(np, name)(array, ddof=1), getattr(array, name)(correction=1), getattr(array, name)(ddof=1)):
            assert float(result) == pytest.approx(expected, rel=1e-14)
        with pytest.raises(ValueError, match="`ddof` must be left out with `correction`, but is 1"):
            getattr(array, name)(ddof=1, correction=1)


def test_a_structure_of_one_value_is_a_number():
    one = ArrayIrregular([2.0])
    assert bool(one) is True
    with pytest.raises(TypeError, match=r"only 0-dimensional|only length-1"):
        float(Array2D(VALUES, MASK))


def test_values_of_another_structure_can_be_given(array):
    assert_structure(Array2D(array, MASK), VALUES, array)
    assert ArrayIrregular(array).shape == (5,)
