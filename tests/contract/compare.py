"""How results are compared: same structure, static metadata included, same shapes and types, same values."""

from typing import Any

import jax
import numpy as np


def assert_same(actual: Any, expected: Any, *, rtol: float = 1e-12, atol: float = 1e-13) -> None:
    """Assert that two pytrees are the same, each of arrays of any library."""
    leaves, structure = jax.tree_util.tree_flatten(actual)
    expected_leaves, expected_structure = jax.tree_util.tree_flatten(expected)
    assert structure == expected_structure
    for leaf, expected_leaf in zip(leaves, expected_leaves, strict=True):
        if not hasattr(leaf, "dtype"):  # a number or a name, which are what they are
            assert leaf == expected_leaf
            continue
        array, expected_array = np.asarray(leaf), np.asarray(expected_leaf)
        assert array.dtype == expected_array.dtype
        assert array.shape == expected_array.shape
        np.testing.assert_allclose(array, expected_array, rtol=rtol, atol=atol)


def assert_all_same(actual: dict[str, Any], expected: dict[str, Any], **tolerances: float) -> None:
    """Assert the same of every entry of two dictionaries, and say which one differs."""
    assert actual.keys() == expected.keys()
    for name, result in actual.items():
        try:
            assert_same(result, expected[name], **tolerances)
        except AssertionError as err:
            raise AssertionError(f"`{name}` differs: {err}") from err


def ask(asked: dict[str, Any], obj: Any) -> dict[str, Any]:
    """Return everything that is asked of an object, and say what could not be answered."""
    answers = {}
    for name, function in asked.items():
        try:
            answers[name] = function(obj)
        except Exception as err:
            err.add_note(f"`{name}` of {type(obj).__name__} was asked for")
            raise
    return answers


def is_inexact(array: Any) -> bool:
    """Return whether an array holds real or complex numbers, and not integers or booleans."""
    return np.issubdtype(np.dtype(str(array.dtype).split(".")[-1]), np.inexact)
