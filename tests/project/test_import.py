"""Importing the package changes nothing and costs little; each test starts a Python of its own."""

import json
import os
import subprocess
import sys

CHANGES = """
import json, logging, os, sys, warnings
import equinox, jax                                   # what they do to the process is theirs

def state():
    return {
        "jax": {name: repr(value) for name, value in jax.config.values.items()},
        "environment": dict(os.environ),
        "logging": [logging.root.level, repr(logging.root.handlers), logging.root.disabled],
        "warnings": [repr(entry) for entry in warnings.filters],
        "files": sorted(os.listdir()),
        "path": list(sys.path),
    }

before, modules = state(), set(sys.modules)
import lensarrays
after = state()
print(json.dumps({
    "changed": [name for name in before if before[name] != after[name]],
    "x64": jax.config.jax_enable_x64,
    "imported": sorted({name.split(".")[0] for name in set(sys.modules) - modules}),
}))
"""

# Processor time, which on a quiet machine is the time on the clock and on a busy one is still ours alone. More than half of it
# is Python's garbage collector, which now and then looks through everything that JAX has made.
COST = """
import time
import equinox, jax
start = time.process_time()
import lensarrays
print(time.process_time() - start)
"""


def in_a_new_python(code, folder):
    # Compiled modules are kept, as they are for users: the first run may compile, the next does not.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_changes_no_global_setting(tmp_path):
    report = json.loads(in_a_new_python(CHANGES, tmp_path))
    assert report["changed"] == []
    assert report["x64"] is False


def test_importing_leaves_the_heavy_libraries_alone(tmp_path):
    imported = json.loads(in_a_new_python(CHANGES, tmp_path))["imported"]
    assert {"matplotlib", "astropy", "scipy", "typer", "numba", "autoarray"}.isdisjoint(imported)


def test_importing_costs_a_tenth_of_a_second_beside_jax_and_equinox(tmp_path):
    # The best of some runs, as other programs can only make a run slower.
    seconds = []
    while len(seconds) < 8 and min(seconds, default=1.0) >= 0.1:
        seconds.append(float(in_a_new_python(COST, tmp_path)))
    assert min(seconds) < 0.1
