"""NumPy stays NumPy, without a JAX call; JAX stays JAX, without a copy to the host."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compare import ask
from registry import REGISTRY, fewer

import lensarrays

# What has to look at values, by one bit, before it can say what they mean.
LOOKS = {"normalized", "over_sampled", "apply_over_sampling", "padded_grid_from", "blurring_grid_via_kernel_shape_from"}
LOOKS |= {"grid_with_coordinates_within_distance_removed_from", "geometry.grid_pixel_centres_2d_from"}
LOOKS |= {"geometry.grid_pixel_indexes_2d_from"}


def test_numpy_makes_no_jax_call():
    script = Path(__file__).with_name("numpy_only.py")
    paths = [str(Path(lensarrays.__file__).parents[1]), str(script.parent)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")
    assert [line.split()[0] for line in lines[:-2]] == list(REGISTRY)
    assert lines[-2] == "refused"


def refuse(*args, **kwargs):
    raise AssertionError("a JAX array was copied to the host")


def refusing(function):
    """Return a NumPy function that takes no JAX array, and no list of them."""

    def guarded(x, *args, **kwargs):
        parts = x if isinstance(x, (list, tuple)) else [x]
        return refuse() if any(isinstance(part, jax.Array) for part in parts) else function(x, *args, **kwargs)

    return guarded


@contextlib.contextmanager
def no_host():
    """Make every way from a JAX array to the host raise; on the CPU, JAX's own guard sees none of them."""
    array = type(jnp.zeros(1))
    with pytest.MonkeyPatch.context() as patch, jax.transfer_guard_device_to_host("disallow"):
        for name in ("__array__", "__bool__", "__float__", "__int__", "__index__", "__complex__", "tolist", "item"):
            patch.setattr(array, name, refuse)
        for name in ("asarray", "array", "ascontiguousarray"):
            patch.setattr(np, name, refusing(getattr(np, name)))
        yield


@pytest.mark.parametrize("name", [name for name, case in REGISTRY.items() if case.leaves == 1])
def test_jax_copies_nothing_to_the_host(name):
    case = REGISTRY[name]
    obj = case.make(jnp)
    asked = {each: f for each, f in (fewer(name) | case.static).items() if each.split()[0] not in LOOKS}
    with no_host():
        ask(asked, obj)


@pytest.mark.parametrize("way", [lambda x: np.asarray(x), lambda x: np.array([x]), bool, float, int], ids=range(5))
def test_the_guard_guards(way):
    with no_host(), pytest.raises(AssertionError, match="copied to the host"):
        way(jnp.asarray(1.0))
