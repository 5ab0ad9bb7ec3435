"""Our answers beside those of autolens 2026.10.26.1, stored in `autolens_2026_10_26_1.npz` by `make_reference.py`."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from all_cases import CASES
from cases import Library, plain

import lensarrays

# What we promise: the same numbers but for rounding, in which JAX's compiler takes more freedom.
RTOL = {"numpy": 1e-12, "jax.numpy": 1e-10}
LIBRARIES = {
    "numpy": Library(lensarrays, np.asarray, {}),
    "jax.numpy": Library(lensarrays, jnp.asarray, {"xp": jnp}),
}


def read_answers() -> dict[str, np.ndarray]:
    """Return autolens' answer to every case."""
    with np.load(Path(__file__).with_name("autolens_2026_10_26_1.npz")) as file:
        flat, names = file["real"] + 1j * file["imag"], file["names"].tolist()
        shapes = [tuple(int(side) for side in text.split(",") if side) for text in file["shapes"].tolist()]
    ends = np.cumsum([np.prod(shape, dtype=int) for shape in shapes])
    parts = np.split(flat, ends[:-1])
    return {name: part.reshape(shape) for name, part, shape in zip(names, parts, shapes, strict=True)}


ANSWERS = read_answers()


@pytest.fixture(params=list(LIBRARIES))
def library(request: pytest.FixtureRequest) -> tuple[Library, float]:
    """Our library on NumPy and on JAX, each with the relative accuracy that we promise there."""
    return LIBRARIES[request.param], RTOL[request.param]


def test_every_case_has_an_answer_and_every_answer_a_case():
    assert set(ANSWERS) == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_autolens(name, library):
    ours, rtol = library
    rtol = CASES[name].rtol or rtol
    result = CASES[name].ours(ours)
    answer, expected = plain(result), ANSWERS[name]
    assert answer.shape == expected.shape
    # Zeros of theirs are rounded sums of coordinates of order one: hence the absolute term.
    np.testing.assert_allclose(answer, expected, rtol=rtol, atol=rtol)
