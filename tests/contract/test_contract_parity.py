"""NumPy and jitted JAX agree whatever the values are."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compare import ask, assert_all_same
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from registry import REGISTRY, fewer


@functools.cache
def compiled(name):
    """Return one compiled function for all examples."""
    return jax.jit(lambda obj: ask(fewer(name), obj))


@pytest.mark.parametrize("name", ["Array2D", "Grid2D", "Grid2DIrregular", "Kernel2D", "VectorYX2D"])
@given(data=st.data())
def test_numpy_and_jax_agree(name, data):
    obj = REGISTRY[name].make(np)
    # Small integers among the values make ties, and points that lie on each other.
    numbers = st.one_of(st.floats(0.1, 10.0), st.integers(1, 3))
    if name == "Grid2DIrregular":
        # Which of two points is nearer may be up to rounding, and XLA rounds otherwise; of such numbers no digit is lost.
        numbers = st.integers(2, 160).map(lambda k: k / 16)
    if name == "Grid2D":
        # Sub-pixels follow shifts only. On the border of two pixels rounding says which one it is, and XLA rounds otherwise.
        shifts = st.integers(1, 160).map(lambda k: k / 16 + 0.0137)
        values = obj.values + np.asarray(data.draw(st.tuples(shifts, shifts)))
    else:
        values = data.draw(arrays(float, obj.shape, elements=numbers))
    obj = jax.tree_util.tree_map(lambda _: values, obj)
    on_jax = compiled(name)(jax.tree_util.tree_map(jnp.asarray, obj))
    assert_all_same(on_jax, ask(fewer(name), obj), rtol=1e-10, atol=1e-10)
