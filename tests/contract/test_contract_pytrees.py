"""Every public object is an immutable pytree of the leaves it should have, and can be sent wherever JAX sends things."""

import copy
import pickle

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compare import assert_same, is_inexact
from registry import MASK, REGISTRY, SIZES, SMALLER

import lensarrays as la
from lensarrays import StaticArray

STRUCTURES = [name for name, case in REGISTRY.items() if case.leaves == 1]


def rebuilt(obj, values):
    """Return an object like a structure, made by its own constructor from other values."""
    metadata = [getattr(obj, name) for name in ("mask", "over_sample_size") if name in obj.__dict__]
    return type(obj)(values, *metadata)


def leaves_of(obj):
    return jax.tree_util.tree_leaves(obj)


@pytest.mark.parametrize("name", REGISTRY)
def test_leaves(xp, name):
    case = REGISTRY[name]
    leaves = leaves_of(case.make(xp))
    assert case.leaves in (None, len(leaves))
    assert all(hasattr(leaf, "dtype") for leaf in leaves)
    assert all(
        isinstance(leaf, type(xp.zeros(1)) if xp.__name__ != "numpy" else (np.ndarray, np.generic)) or np.ndim(leaf) == 0
        for leaf in leaves
    )


@pytest.mark.parametrize("name", REGISTRY)
def test_flattening_is_undone(xp, name):
    obj = REGISTRY[name].make(xp)
    leaves, structure = jax.tree_util.tree_flatten(obj)
    again = jax.tree_util.tree_unflatten(structure, leaves)
    assert type(again) is type(obj)
    assert_same(again, obj)
    assert hash(structure) == hash(jax.tree_util.tree_structure(again))


# Immutability.


@pytest.mark.parametrize("name", REGISTRY)
def test_attributes_cannot_be_set(xp, name):
    obj = REGISTRY[name].make(xp)
    for attribute in (*obj.__dict__, "anything"):
        with pytest.raises(AttributeError, match="cannot assign to field"):
            setattr(obj, attribute, None)


@pytest.mark.parametrize("name", STRUCTURES)
def test_items_cannot_be_set(xp, name):
    obj = REGISTRY[name].make(xp)
    before = np.array(obj.array)
    with pytest.raises(TypeError, match=rf"This {name} is immutable, so .* write `a = a.at\[k\].set\(v\)`"):
        obj[0] = 1.0
    obj.at[...].set(7.0)
    np.testing.assert_array_equal(np.asarray(obj.array), before)


@pytest.mark.parametrize("name", STRUCTURES)
def test_values_cannot_be_written_to(name):
    case = REGISTRY[name]
    obj = case.make(np)
    derived = [obj, obj + 1, 2 * obj, -obj, abs(obj), obj.at[...].add(1.0), obj.astype(obj.dtype), obj.real]
    derived += [copy.copy(obj), copy.deepcopy(obj), pickle.loads(pickle.dumps(obj)), copy.deepcopy({"a": [obj]})["a"][0]]
    derived += [answer for f in case.results.values() if isinstance(answer := f(obj), type(obj))]
    for structure in derived:
        for array in (structure.values, structure.array, np.asarray(structure)):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0.0


@pytest.mark.parametrize("name", STRUCTURES)
def test_input_is_neither_modified_nor_aliased(name):
    obj = REGISTRY[name].make(np)
    given = np.array(obj.array)
    before = given.copy()
    structure = rebuilt(obj, given)
    (structure * 2 + structure).sum()
    assert given.flags.writeable
    np.testing.assert_array_equal(given, before)
    given[...] = 99.0
    np.testing.assert_array_equal(structure.array, before)


@pytest.mark.parametrize("name", STRUCTURES)
def test_a_list_is_copied(name):
    obj = REGISTRY[name].make(np)
    given = obj.array.tolist()
    structure = rebuilt(obj, given)
    given[0] = given[-1]
    np.testing.assert_array_equal(structure.array, obj.array)


@pytest.mark.parametrize("name", REGISTRY)
def test_copies_are_the_same(xp, name):
    obj = REGISTRY[name].make(xp)
    for again in (copy.copy(obj), copy.deepcopy(obj), pickle.loads(pickle.dumps(obj))):
        assert type(again) is type(obj)
        assert_same(again, obj)
        assert repr(again) == repr(obj)


@pytest.mark.parametrize("name", REGISTRY)
def test_repr_says_what_it_is(xp, name):
    assert repr(REGISTRY[name].make(xp)).startswith(f"{name}(")


# Transformations.


@pytest.mark.parametrize("name", REGISTRY)
def test_argument_and_result_of_every_transformation(name):
    obj = jax.tree_util.tree_map(jnp.asarray, REGISTRY[name].make(jnp))

    def scaled(o, factor=2.0):
        return jax.tree_util.tree_map(lambda leaf: leaf * factor if is_inexact(leaf) else leaf, o)

    @jax.jit
    def everything(o):
        return {
            "scan": jax.lax.scan(lambda carry, _: (scaled(carry), None), o, length=3)[0],
            "cond": jax.lax.cond(jnp.asarray(True), lambda o: scaled(o, 8.0), lambda o: o, o),
            "while": jax.lax.while_loop(lambda s: s[1] < 3, lambda s: (scaled(s[0]), s[1] + 1), (o, 0))[0],
            "vmap": jax.tree_util.tree_map(lambda leaf: leaf[1], jax.vmap(lambda f: scaled(o, f))(jnp.asarray([1.0, 8.0]))),
            "checkpoint": jax.checkpoint(lambda o: scaled(o, 8.0))(o),
        }

    expected = scaled(obj, 8.0)
    for transformation, result in everything(obj).items():
        assert type(result) is type(obj), transformation
        assert_same(result, expected)
    shaped = jax.eval_shape(scaled, obj)
    assert jax.tree_util.tree_structure(shaped) == jax.tree_util.tree_structure(obj)
    assert [leaf.shape for leaf in leaves_of(shaped)] == [leaf.shape for leaf in leaves_of(obj)]


@pytest.mark.parametrize("name", STRUCTURES)
def test_a_donated_argument(name):
    obj = REGISTRY[name].make(jnp)
    expected = np.asarray(obj.array) * 2
    given = jax.tree_util.tree_map(lambda leaf: leaf + 0, obj)
    result = jax.jit(lambda o: 2 * o, donate_argnums=0)(given)
    np.testing.assert_allclose(result.array, expected)
    assert given.values.is_deleted()


@pytest.mark.parametrize("name", STRUCTURES)
def test_gradient_of_an_argument_is_a_structure(name):
    obj = REGISTRY[name].make(jnp)
    gradient = jax.grad(lambda o: (abs(o.array) ** 2).sum())(obj)
    assert type(gradient) is type(obj)
    assert_same(gradient, jax.tree_util.tree_map(lambda leaf: 2 * jnp.conj(leaf), obj))


def test_tree_map_leaves_metadata_alone():
    grid = REGISTRY["Grid2D"].make(jnp)
    doubled = jax.tree_util.tree_map(lambda leaf: 2 * leaf, grid)
    assert (doubled.mask, doubled.over_sample_size, doubled.pixel_scales) == (grid.mask, grid.over_sample_size, (0.1, 0.2))


# Compilations.


@pytest.mark.parametrize("name", REGISTRY)
def test_equal_but_distinct_metadata_share_a_compilation(name):
    traces = []
    function = jax.jit(lambda o: traces.append(1) or o)
    obj = REGISTRY[name].make(jnp)
    for distinct in (obj, pickle.loads(pickle.dumps(obj)), copy.deepcopy(obj), REGISTRY[name].make(jnp)):
        function(distinct)
    assert len(traces) == 1


def changed(**changes):
    return la.Mask2D(**{"mask": MASK.array, "pixel_scales": MASK.pixel_scales, "origin": MASK.origin} | changes)


@pytest.mark.parametrize(
    "mask",
    [
        changed(pixel_scales=(0.1, 0.3)),
        changed(origin=(0.0, 0.0)),
        changed(mask=MASK.array[::-1]),
        changed(mask=MASK.array[:, ::-1]),
    ],
    ids=["pixel_scales", "origin", "rows", "columns"],
)
def test_another_mask_of_as_many_pixels_is_another_compilation(mask):
    traces = []
    function = jax.jit(lambda o: traces.append(1) or o.native)
    obj = REGISTRY["Array2D"].make(jnp)
    results = [function(o) for o in (obj, la.Array2D(obj.array, mask), obj)]
    assert len(traces) == 2
    np.testing.assert_array_equal(results[1], la.Array2D(obj.array, mask).native)
    np.testing.assert_array_equal(results[2], obj.native)


def test_other_sizes_are_another_compilation():
    traces = []
    function = jax.jit(lambda g: traces.append(1) or g.over_sampled.shape_slim)
    sizes = [SIZES, SIZES.copy(), SIZES[::-1], 2, np.full(len(SIZES), 2)]
    counts = [int(function(la.Grid2D.from_mask(MASK, size, xp=jnp))) for size in sizes]
    assert counts == [sum(np.broadcast_to(size, len(SIZES)) ** 2) for size in sizes]
    assert len(traces) == 3


@pytest.mark.parametrize("name", ["Array2D", "Grid2D"])
def test_the_same_mask_costs_no_comparison_and_no_digest(name, monkeypatch):
    function = jax.jit(lambda o: o)
    obj = REGISTRY[name].make(jnp)
    other = pickle.loads(pickle.dumps(obj))
    function(obj)
    comparisons, digests = [], []
    equal, digest = StaticArray.__eq__, la.structures.static_array.hashlib.blake2b
    monkeypatch.setattr(StaticArray, "__eq__", lambda a, b: comparisons.append(1) or equal(a, b))
    monkeypatch.setattr(la.structures.static_array.hashlib, "blake2b", lambda *a, **k: digests.append(1) or digest(*a, **k))
    for _ in range(3):
        function(obj)
        function(obj + 1)
    assert (comparisons, digests) == ([], [])
    function(other)  # an equal mask costs a comparison of two digests that are there
    assert comparisons
    assert digests == []


def test_static_structures_are_arguments_of_a_static_kind():
    function = jax.jit(lambda mask, x: x[: mask.pixels_in_mask], static_argnums=0)
    assert function(MASK, jnp.arange(30.0)).shape == (MASK.pixels_in_mask,)
    assert function(SMALLER, jnp.arange(30.0)).shape == (SMALLER.pixels_in_mask,)


def test_every_structure_is_an_equinox_module():
    assert all(issubclass(getattr(la, name), eqx.Module) for name in REGISTRY)
