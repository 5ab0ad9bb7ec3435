"""What all tests share: double precision, the array libraries, and Hypothesis settings. None of it is set by the library."""

import os

import array_api_compat
import array_api_strict
import hypothesis
import jax
import numpy as np
import pytest
from array_api_extra.testing import patch_lazy_xp_functions

jax.config.update("jax_enable_x64", True)

LIBRARIES = {"numpy": np, "array_api_strict": array_api_strict, "jax.numpy": jax.numpy}

# A first example may compile, which takes longer than any deadline; in CI the examples are the same on every run.
hypothesis.settings.register_profile("default", deadline=None, max_examples=40, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("default")


@pytest.fixture(params=list(LIBRARIES))
def xp(request: pytest.FixtureRequest):
    """Each array library in turn; with jax.numpy, functions marked by `lazy_xp_function` are called through `jax.jit`."""
    xp = array_api_compat.array_namespace(LIBRARIES[request.param].empty(0))
    with patch_lazy_xp_functions(request, xp=xp):
        yield xp


# Scripts that are run by hand, with autolens beside them.
collect_ignore_glob = ["**/make_reference.py"]
