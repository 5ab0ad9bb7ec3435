"""What a model and a fit are made of, meshes and profiles and methods, is immutable and goes wherever JAX sends trees.

They are asked together: one compilation does for all.
"""

import copy
import inspect
import pickle

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compare import assert_same

import lensarrays as la

MODULES = ("image_mesh", "inversion", "lp", "lp_linear", "mesh", "mp", "reg")
NAMED = {
    f"{module}.{name}": getattr(getattr(la, module), name)
    for module in MODULES
    for name in getattr(la, module).__all__
    if inspect.isclass(getattr(getattr(la, module), name))
}
IMAGE = la.Array2D.no_mask([[1.0, 2.0], [3.0, 2.0]], pixel_scales=1.0)
MADE = {
    "inversion.EvidenceTerms": lambda: la.inversion.EvidenceTerms(*np.arange(1.0, 6.0)),
    "inversion.InterferometerInversion": lambda: la.inversion.interferometer_inversion_from(
        la.WTilde.from_compact(np.asarray([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]), IMAGE.mask),
        IMAGE,
        30.0,
        0.0,
        light_columns=np.ones((1, 4)),
    ),
    "inversion.Inversion": lambda: la.inversion.imaging_inversion_from(IMAGE, IMAGE, light_columns=np.ones((1, 4))),
    "inversion.Reconstruction": lambda: la.inversion.Reconstruction(np.ones(2), np.asarray(1e-16), np.asarray(True)),
    "mesh.BorderEllipse": lambda: la.mesh.BorderEllipse(np.zeros(2), np.asarray(1.0), np.asarray(2.0), np.asarray(0.5)),
}
OTHERS = {"lp_basis.Basis": la.lp_basis.Basis, "haloes.Direct": la.haloes.Direct, "haloes.Tree": la.haloes.Tree}
MADE["lp_basis.Basis"] = lambda: la.lp_basis.Basis(la.lp_linear.Gaussian(sigma=np.asarray([0.1, 0.3])))
CLASSES = NAMED | OTHERS


def made(name):
    """Return an object of a class: what its defaults make, if it has no other recipe."""
    return MADE.get(name, CLASSES[name])()


def numbers_of(tree):
    """Return a tree of JAX arrays of float64, with None in the place of all others."""
    return eqx.filter(jax.tree_util.tree_map(jnp.asarray, tree), eqx.is_inexact_array)


def test_all_of_them_are_here():
    assert len(NAMED) > 50
    assert not MADE.keys() - CLASSES.keys()


@pytest.mark.parametrize("name", CLASSES)
def test_each_is_a_value(name):
    obj = made(name)
    leaves, structure = jax.tree_util.tree_flatten(obj)
    copies = [jax.tree_util.tree_unflatten(structure, leaves), copy.copy(obj), copy.deepcopy(obj)]
    for again in [*copies, pickle.loads(pickle.dumps(obj))]:
        assert type(again) is CLASSES[name]
        assert_same(again, obj)
        assert hash(jax.tree_util.tree_structure(again)) == hash(structure)
    assert repr(obj).startswith(name.split(".")[1] + "(")
    if not isinstance(obj, tuple):
        for attribute in (*obj.__dict__, "anything"):
            with pytest.raises(AttributeError, match="cannot assign to field"):
                setattr(obj, attribute, None)


def test_all_go_through_every_transformation_and_equal_ones_share_a_compilation():
    traces = []

    def scaled(tree, factor=2.0):
        return jax.tree_util.tree_map(lambda leaf: leaf * factor, tree)

    def everything(numbers):
        traces.append({name: type(obj) for name, obj in numbers.items()})
        mapped = jax.vmap(lambda factor: scaled(numbers, factor))(jnp.asarray([1.0, 4.0]))
        return {
            "scan": jax.lax.scan(lambda carry, _: (scaled(carry), None), numbers, length=2)[0],
            "cond": jax.lax.cond(jnp.asarray(True), lambda o: scaled(o, 4.0), lambda o: o, numbers),
            "vmap": jax.tree_util.tree_map(lambda leaf: leaf[1], mapped),
            "grad": jax.grad(lambda o: sum(2.0 * jnp.sum(leaf**2) for leaf in jax.tree_util.tree_leaves(o)))(numbers),
        }

    # How fast the result runs is no concern: so it is compiled in half of the time.
    compiled = jax.jit(everything, compiler_options={"xla_backend_optimization_level": 0})
    objects = {name: made(name) for name in CLASSES}
    numbers = numbers_of(objects)
    for result in compiled(numbers).values():
        assert_same(result, scaled(numbers, 4.0))
    compiled(numbers_of(pickle.loads(pickle.dumps(objects))))
    assert traces == [CLASSES]
