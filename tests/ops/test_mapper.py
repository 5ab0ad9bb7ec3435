"""Mappers: a table, a dense and a sparse matrix, and two operators are one thing."""

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lensarrays import Mask2D
from lensarrays.ops import mesh as meshes
from lensarrays.ops.mapper import Mapper
from lensarrays.structures import StaticArray

MASK = Mask2D(np.arange(20).reshape(4, 5) % 7 == 3, pixel_scales=1.0)
N, S = MASK.pixels_in_mask, 9
SIZES = {"one": 1, "two": 2, "mixed": StaticArray(np.asarray([3, 1, 2])[np.arange(N) % 3])}
random = np.random.default_rng(5)


def number_of_sub_pixels(size):
    return N * size**2 if isinstance(size, int) else int(np.sum(size.array**2))


def make_mapper(xp, size, batch=(), seed=0):
    """Return a mapper of random weights, some of them twice for one mesh pixel."""
    draw, m = np.random.default_rng(seed), number_of_sub_pixels(size)
    indexes, weights = draw.integers(0, S, size=(*batch, m, 3)), draw.uniform(size=(*batch, m, 3))
    mesh_grid = xp.zeros((*batch, S, 2))
    neighbors = xp.zeros((S, 1), dtype=xp.int64)
    return Mapper(xp.asarray(indexes), xp.asarray(weights), mesh_grid, neighbors, None, None, MASK, size, (3, 3), True)


def dense_by_hand(mapper, size):
    sizes = np.full(N, size) if isinstance(size, int) else size.array
    dense, sub_pixel = np.zeros((N, S)), 0
    for pixel in range(N):
        for _ in range(sizes[pixel] ** 2):
            for index, weight in zip(mapper.indexes[sub_pixel], mapper.weights[sub_pixel], strict=True):
                dense[pixel, index] += weight / sizes[pixel] ** 2
            sub_pixel += 1
    return dense


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("xp", [np, array_api_strict], ids=["numpy", "strict"])  # JAX is below, compiled once for all
def test_all_forms_are_the_matrix_made_by_hand(xp, size):
    expected = dense_by_hand(make_mapper(np, size), size)
    mapper = make_mapper(xp, size)
    source, image = random.normal(size=S), random.normal(size=N)
    np.testing.assert_allclose(np.asarray(mapper.mapping_matrix), expected, atol=1e-14)
    np.testing.assert_allclose(np.asarray(mapper.mapped_from(xp.asarray(source))), expected @ source, atol=1e-13)
    np.testing.assert_allclose(np.asarray(mapper.adjoint_mapped_from(xp.asarray(image))), expected.T @ image, atol=1e-13)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_sparse_matrix_is_the_dense_one(size):
    mapper = make_mapper(np, size)
    assert mapper.sparse_mapping_matrix.shape == (N, S)
    np.testing.assert_allclose(mapper.sparse_mapping_matrix.toarray(), mapper.mapping_matrix, atol=1e-14)


@given(arrays(np.float64, S, elements=st.floats(-1e3, 1e3)), arrays(np.float64, N, elements=st.floats(-1e3, 1e3)))
@settings(max_examples=20)
def test_the_adjoint_is_the_adjoint(source, image):
    mapper = make_mapper(np, SIZES["mixed"])
    np.testing.assert_allclose(
        mapper.mapped_from(source) @ image, source @ mapper.adjoint_mapped_from(image), rtol=1e-11, atol=1e-7
    )


@pytest.mark.parametrize("xp", [np, array_api_strict], ids=["numpy", "strict"])  # JAX is below, compiled once for all
def test_batches_of_tables_of_sources_and_of_images(xp):
    for size in SIZES.values():
        mapper = make_mapper(xp, size, batch=(2,))
        parts = [np.asarray(part) for part in (mapper.indexes, mapper.weights, mapper.mesh_grid)]
        singles = [Mapper(*own, mapper.neighbors, None, None, MASK, size, (3, 3), True) for own in zip(*parts, strict=True)]
        sources, images = random.normal(size=(2, S)), random.normal(size=(2, N))
        forms = mapper.mapping_matrix, mapper.mapped_from(xp.asarray(sources)), mapper.adjoint_mapped_from(xp.asarray(images))
        for k, single in enumerate(singles):
            expected = single.mapping_matrix, single.mapped_from(sources[k]), single.adjoint_mapped_from(images[k])
            for form, own in zip(forms, expected, strict=True):
                np.testing.assert_allclose(np.asarray(form[k, ...]), own, atol=1e-13)
        # One source for all tables, and many sources for one table.
        one_source = np.asarray(mapper.mapped_from(xp.asarray(sources[0])))
        np.testing.assert_allclose(one_source[1], singles[1].mapped_from(sources[0]), atol=1e-13)
        table = make_mapper(xp, size)
        many = np.asarray(table.mapped_from(xp.asarray(sources)))
        back = np.asarray(table.adjoint_mapped_from(xp.asarray(images)))
        dense = np.asarray(table.mapping_matrix)
        np.testing.assert_allclose(many, sources @ dense.T, atol=1e-13)
        np.testing.assert_allclose(back, images @ dense, atol=1e-13)


def test_it_is_a_pytree_that_compiled_functions_take_and_return():
    mapper, size = make_mapper(np, SIZES["mixed"], batch=(2,)), SIZES["mixed"]
    sources, images = random.normal(size=(2, S)), random.normal(size=(2, N))

    @jax.jit
    def forms(mapper, sources, images):
        seen, transposed = jax.vjp(mapper.mapped_from, sources)
        return mapper, seen, transposed(images)[0], mapper.adjoint_mapped_from(images), mapper.mapping_matrix

    same, seen, transposed, gathered, dense = forms(mapper, sources, images)
    assert (same.mask, same.over_sample_size) == (MASK, size)
    np.testing.assert_allclose(dense, mapper.mapping_matrix, atol=1e-14)
    np.testing.assert_allclose(seen, mapper.mapped_from(sources), atol=1e-13)
    np.testing.assert_allclose(gathered, mapper.adjoint_mapped_from(images), atol=1e-13)
    np.testing.assert_allclose(transposed, gathered, atol=1e-13)  # the operators are each other's derivatives


def test_single_precision_stays():
    rays = random.normal(size=(N, 2)).astype(np.float32)
    mapper = meshes.RectangularUniform((3, 3)).mapper_from(rays, mask=MASK, over_sample_size=1)
    assert mapper.mapping_matrix.dtype == mapper.mapped_from(np.ones(9, np.float32)).dtype == np.float32
    assert mapper.adjoint_mapped_from(np.ones(N, np.float32)).dtype == np.float32


def test_what_is_wrong_is_said():
    with pytest.raises(TypeError, match="`sparse_mapping_matrix` must be asked of a mapper of NumPy arrays"):
        jax.tree_util.tree_map(jnp.asarray, make_mapper(np, 1)).sparse_mapping_matrix  # noqa: B018
    with pytest.raises(TypeError, match="without batch axes"):
        make_mapper(np, 1, batch=(2,)).sparse_mapping_matrix  # noqa: B018
    mapper = make_mapper(np, 1)
    with pytest.raises(ValueError, match="`weights` must have one entry for each of the indexes"):
        Mapper(mapper.indexes, mapper.weights[:, :2], mapper.mesh_grid, mapper.neighbors, None, None, MASK, 1, None, True)
