"""Nobody can write to the values of a structure; what cannot be held as it is, is converted or refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from astropy import units

from lensarrays import Array2D, ArrayIrregular, Grid2D, Grid2DIrregular, Mask2D, StaticArray, VectorYX2D

MASK = Mask2D([[False, True, False], [False, False, False]], pixel_scales=0.1)
VALUES = np.asarray([1.0, 2.0, 3.0, 4.0, 5.0])


def frozen(array):
    array = array.view()
    array.flags.writeable = False
    return array


VIEWS = {
    "itself": lambda owner: owner,
    "read-only view": frozen,
    "broadcast": lambda owner: np.broadcast_to(owner[:1], (5,)),
    "sliding window": lambda owner: np.lib.stride_tricks.sliding_window_view(owner, 1)[:, 0],
    "read-only buffer": lambda owner: np.asarray(memoryview(owner).toreadonly()),
    "read-only buffer of a buffer": lambda owner: np.frombuffer(memoryview(frozen(owner))),
    "array of a structure": lambda owner: jax.tree_util.tree_map(lambda _: owner, ArrayIrregular(VALUES)).array,
    "NumPy array of a structure": lambda owner: np.asarray(jax.tree_util.tree_map(lambda _: owner, ArrayIrregular(VALUES))),
}


@pytest.mark.parametrize("name", VIEWS)
def test_no_memory_is_shared_with_what_can_be_written_to(name):
    owner = VALUES.copy()
    view = VIEWS[name](owner)
    before = view.copy()
    structures = [ArrayIrregular(view), Array2D(view, MASK), Array2D.no_mask(view, 0.1, shape_native=(1, 5))]
    owner[:] = 99.0  # it is still writeable
    for structure in structures:
        np.testing.assert_array_equal(structure.array, before)


def test_memory_of_a_buffer_is_not_shared():
    buffer = bytearray(VALUES.tobytes())
    array = ArrayIrregular(np.frombuffer(memoryview(buffer).toreadonly()))
    buffer[:8] = bytes(8)
    np.testing.assert_array_equal(array.array, VALUES)


def test_what_nobody_can_write_to_is_not_copied():
    owner = VALUES.copy()
    owner.flags.writeable = False
    of_jax, of_bytes = np.asarray(jnp.asarray(VALUES)), np.frombuffer(VALUES.tobytes())
    ours = (Array2D(VALUES, MASK) + 1).array
    for array in (owner, owner[1:], of_jax, of_bytes, ours, ours[1:], ours.reshape(5, 1)[:, 0]):
        assert np.shares_memory(ArrayIrregular(array).array, array)
    assert owner.flags.owndata


def test_values_cannot_be_made_writeable_again():
    owner = VALUES.copy()
    owner.flags.writeable = False
    array, grid = Array2D(VALUES, MASK), Grid2D.from_mask(MASK)
    vectors = VectorYX2D(np.ones((5, 2)), MASK)
    arrays = [ArrayIrregular(owner), array, array + 1, array.at[0].set(2.0), array.real, array.apply_mask(MASK)]
    arrays += [grid, 2 * grid, grid.over_sampled, vectors.y, vectors.magnitudes, array.resized_from((3, 3))]
    for values in (*(each.array for each in arrays), MASK.array, StaticArray(VALUES).array, array.array[1:]):
        with pytest.raises(ValueError, match="cannot set WRITEABLE flag to True"):
            values.flags.writeable = True


def test_a_leaf_of_a_transformation_is_read_only():
    array = jax.tree_util.tree_map(lambda leaf: leaf + 1.0, Array2D(VALUES, MASK))
    for values in (array.array, np.asarray(array)):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1.0


def test_indices_of_a_mask_are_copies():
    before = MASK.derive_indexes.unmasked_slim.tolist()
    for name in ("unmasked_slim", "native_for_slim", "masked_slim", "edge_slim", "border_slim"):
        getattr(MASK.derive_indexes, name)[...] = 0
    assert MASK.derive_indexes.unmasked_slim.tolist() == before
    np.testing.assert_array_equal(Array2D(VALUES, MASK).native, [[1.0, 0.0, 2.0], [3.0, 4.0, 5.0]])


@pytest.mark.parametrize("dtype", [">f8", ">f4", ">i4", ">c16"])
def test_byte_order_is_that_of_the_machine(dtype):
    given = VALUES.astype(dtype)
    for array in (ArrayIrregular(given).array, Array2D(given, MASK).array, StaticArray(given).array):
        assert array.dtype.isnative
        np.testing.assert_array_equal(array, given)
    assert StaticArray(given) == StaticArray(given.astype(given.dtype.newbyteorder("=")))
    jax.jit(lambda a: a + 1)(ArrayIrregular(given))


def test_units_are_refused():
    quantity = VALUES * units.arcsec
    for make in (
        lambda: ArrayIrregular(quantity),
        lambda: Array2D(quantity, MASK),
        lambda: Array2D.from_native(np.ones((2, 3)) * units.arcsec, MASK),
        lambda: Grid2DIrregular([(1.0 * units.arcsec, 2.0 * units.arcsec)]),
        lambda: StaticArray(quantity),
        lambda: Mask2D(np.zeros((2, 2), dtype=bool), pixel_scales=0.1 * units.arcsec),
    ):
        with pytest.raises(TypeError, match=r"must be plain numbers, but has the unit arcsec; pass `.to_value\(u.arcsec\)`"):
            make()


def test_masked_arrays_are_refused_and_other_subclasses_are_plain_arrays():
    masked = np.ma.masked_array(VALUES, VALUES > 3)
    for make in (lambda: ArrayIrregular(masked), lambda: Array2D(masked, MASK), lambda: StaticArray(masked)):
        with pytest.raises(TypeError, match=r"plain array, but is a MaskedArray x; .*Array2D.from_native\(x.data, mask\)"):
            make()

    class Special(np.ndarray):
        pass

    array = ArrayIrregular(VALUES.view(Special))
    assert type(array.array) is type((array + 1).array) is np.ndarray
    assert not np.shares_memory(array.array, VALUES)
