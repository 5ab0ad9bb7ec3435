"""Everything that can be asked of an object is the same on every array library, batched or not, under `jit` or not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compare import ask, assert_all_same, is_inexact
from registry import REGISTRY, fewer

WITH_LEAVES = [name for name, case in REGISTRY.items() if case.leaves != 0 and (case.results or case.flat)]


def variants(case, xp):
    """Return four like objects with other values."""
    return [
        jax.tree_util.tree_map(lambda leaf, k=k: case.vary(leaf, k) if is_inexact(leaf) else leaf, case.make(xp))
        for k in range(4)
    ]


def batch_of(objects, xp):
    """Return one object with the batch axes (2, 2)."""

    def stacked(*leaves):
        return xp.reshape(xp.stack(leaves), (2, 2, *leaves[0].shape))

    return jax.tree_util.tree_map(stacked, *objects)


def on(library, asked):
    """Return what answers on a library: with JAX all of it under one `jit`."""
    return jax.jit(lambda obj: ask(asked, obj)) if "jax" in library.__name__ else lambda obj: ask(asked, obj)


def in_single_precision(obj, xp):
    def single(leaf):
        if not is_inexact(leaf):
            return leaf
        return xp.astype(leaf, xp.complex64 if xp.isdtype(leaf.dtype, "complex floating") else xp.float32)

    return jax.tree_util.tree_map(single, obj)


@pytest.mark.parametrize("name", WITH_LEAVES)
def test_every_library_gives_what_numpy_gives(xp, name):
    case = REGISTRY[name]
    asked = case.results | case.flat
    answers = on(xp, asked)(case.make(xp))
    array = type(xp.zeros(1))
    for result, answer in answers.items():
        leaves = jax.tree_util.tree_leaves(answer)
        assert leaves, result
        assert all(isinstance(leaf, (array, np.generic) if array is np.ndarray else array) for leaf in leaves), result
    assert_all_same(answers, ask(asked, case.make(np)))


@pytest.mark.parametrize("name", WITH_LEAVES)
def test_a_batch_is_a_loop(xp, name):
    case = REGISTRY[name]
    asked = {result: f for result, f in case.results.items() if xp.__name__ == "numpy" or result in fewer(name)}
    batched = on(xp, asked)(batch_of(variants(case, xp), xp))
    loop = [ask(asked, variant) for variant in variants(case, np)]
    assert_all_same(batched, {result: batch_of([each[result] for each in loop], np) for result in asked})


@pytest.mark.parametrize("name", WITH_LEAVES)
def test_vmap_is_a_loop(name):
    case, asked = REGISTRY[name], fewer(name)
    batch = batch_of(variants(case, jnp), jnp)
    mapped = jax.jit(jax.vmap(jax.vmap(lambda obj: ask(asked, obj))))(batch)
    loop = [ask(asked, variant) for variant in variants(case, np)]
    assert_all_same(mapped, {result: batch_of([as_arrays(each[result]) for each in loop], np) for result in asked})


def as_arrays(answer):
    return jax.tree_util.tree_map(np.asarray, answer)


@pytest.mark.parametrize("name", REGISTRY)
def test_what_is_static_is_the_same_under_jit(name):
    case, captured = REGISTRY[name], {}

    @jax.jit
    def function(obj):
        captured.update(ask(case.static, obj))
        return obj

    function(case.make(jnp))
    assert not any(isinstance(leaf, jax.Array) for leaf in jax.tree_util.tree_leaves(captured))
    expected = ask(case.static, case.make(np))
    for result, value in captured.items():
        if type(value).__hash__ is not None and not isinstance(value, tuple):
            assert value == expected[result]
    assert_all_same(captured, expected)


@pytest.mark.parametrize("name", [name for name in WITH_LEAVES if REGISTRY[name].keeps_precision])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_precision_is_kept(xp, name, precision):
    case = REGISTRY[name]
    obj = case.make(xp) if precision == "float64" else in_single_precision(case.make(xp), xp)
    asked = case.results | case.flat
    # Shapes and types alone need no compilation.
    answers = jax.eval_shape(lambda obj: ask(asked, obj), obj) if "jax" in xp.__name__ else ask(asked, obj)
    allowed = {"float32": ("float32", "complex64"), "float64": ("float64", "complex128")}[precision]
    for result, answer in answers.items():
        for leaf in jax.tree_util.tree_leaves(answer):
            assert not is_inexact(leaf) or str(leaf.dtype).split(".")[-1] in allowed, result


@pytest.mark.parametrize("name", [name for name in WITH_LEAVES if REGISTRY[name].differentiable])
def test_gradients_are_finite(name):
    case = REGISTRY[name]
    places = [case.make(jnp)] if case.hard is None else [case.make(jnp), case.hard(jnp)]
    asked = {result: function for result, function in fewer(name).items() if result not in case.singular}

    def total(obj, asked):
        leaves = [leaf for leaf in jax.tree_util.tree_leaves(ask(asked, obj)) if is_inexact(leaf)]
        return sum((jnp.nansum(leaf.real) + jnp.nansum(leaf.imag) for leaf in leaves), start=jnp.zeros(()))

    gradient_of = jax.jit(jax.grad(lambda obj: total(obj, asked)))
    for obj in places:
        gradient = gradient_of(obj)
        assert jax.tree_util.tree_structure(gradient) == jax.tree_util.tree_structure(obj)
        if not are_finite(gradient):
            bad = [name for name, f in asked.items() if not are_finite(jax.grad(lambda o, f=f: total(o, {"": f}))(obj))]
            raise AssertionError(f"the gradients of {bad} are not finite")


def are_finite(tree):
    return all(np.isfinite(leaf).all() for leaf in jax.tree_util.tree_leaves(tree))
