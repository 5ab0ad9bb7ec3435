"""The rows of `forward.py` that are held against a limit and not against a peer; see README.md."""

import itertools
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import forward_autolens
import forward_contenders as ours
import forward_peers as peers
import jax
import numpy as np
from forward_measure import all_finite, fastest, resident_peak
from forward_ours import line_of_sight, simulator, theta_with
from forward_rows import BATCH, small_of
from forward_scene import EVEN, SMALL, error_in_sigma, spread_evenly, theta_of
from harness import si


@dataclass(frozen=True)
class Limit:
    """What was measured, what it may be at most, and what a peer has."""

    name: str
    value: float
    text: str
    at_most: float | None
    aim: float | None
    theirs: str = "-"


def megabytes(value: float | None) -> str:
    return "-" if value is None else f"{value / 1e6:.1f} MB"


def check(quick: bool) -> Iterator[Limit]:
    """Compare on a small scene what all errors are measured against with autolens, and with a plain list of profiles."""
    theta = theta_of(SMALL)
    images = {
        "autolens, jitted, exact distances": (peers.autolens(SMALL, True, noise=False).answer(), 1e-8, 1e-9),
        "autolens on NumPy, its own distances": (forward_autolens.numpy_image(SMALL, theta), 1e-3, None),
        "our plain list": (simulator(SMALL, "list", xp=np)(theta_with(theta, np, float)).data.native, 1e-9, None),
    }
    exact = np.asarray(ours.one_image(SMALL, "direct", True, noise=False).answer())
    for name, (image, at_most, aim) in images.items():
        error = error_in_sigma(image, exact)
        yield Limit(f"small scene, direct sum against {name}", error, f"{error:.1e} sigma", at_most, aim)


def memory(quick: bool) -> Iterator[Limit]:
    """Return what XLA allocates for one float32 image, and by how much the process grows."""
    scene = small_of(EVEN) if quick else EVEN
    contenders = {
        "one float32 image": ours.one_image(scene, "coarse", False),
        f"an image in a lax.map of {BATCH}": ours.batch(scene, "coarse", False, BATCH, "map"),
        f"an image in a vmap of {BATCH}": ours.batch(scene, "coarse", False, BATCH, "vmap"),
    }
    theirs = megabytes(peers.autolens(scene, False).temporary_bytes)
    for name, contender in contenders.items():
        used = (contender.temporary_bytes or 0) / contender.images
        grown = resident_peak(contender)
        text = f"{megabytes(used)} (process + {megabytes(grown)} for {contender.images})"
        yield Limit(f"temporary memory, {name}", used / 1e6, text, 40, 25, theirs)


def compiling(quick: bool) -> Iterator[Limit]:
    """Return the seconds of tracing and compiling, for few and for many haloes."""
    for number in (16, 10_000):  # as many on every plane, as populations that are padded to one capacity have
        scene = spread_evenly(SMALL if quick else EVEN, number)
        taken = ours.one_image(scene, "coarse", False).compile_seconds
        yield Limit(f"compiling, {number} haloes on the line of sight", taken, si(taken), 15, 8)


def gradient(quick: bool) -> Iterator[Limit]:
    """Return the cost of chi squared and its gradient over that of chi squared, and whether all is finite."""
    scene = small_of(EVEN) if quick else EVEN
    for method, double in (("coarse", False), ("fine", True)):
        pair = {str(wanted): ours.chi_squared(scene, method, double, wanted) for wanted in (False, True)}
        _, slopes = pair["True"].answer()
        seconds = fastest(pair, slow_calls=2)
        ratio = seconds["True"] / seconds["False"]
        number = sum(leaf.size for leaf in jax.tree.leaves(slopes))
        finite = "all finite" if all_finite(slopes) else "NOT FINITE"
        used = megabytes(pair["True"].temporary_bytes)
        text = f"{ratio:.2f} x ({si(seconds['True'])} for {number} slopes, {finite}; temporary memory {used})"
        name = f"value and gradient of chi squared, {method}, {'float64' if double else 'float32'}"
        yield Limit(name, ratio if "NOT" not in finite else np.inf, text, 6, 4)


def sampling(quick: bool) -> Iterator[Limit]:
    """Return the seconds of one realisation of the line of sight, its tables made beforehand and not."""
    keys = map(jax.random.key, itertools.count())
    before = time.perf_counter()
    jax.block_until_ready(line_of_sight(next(keys)))
    first = time.perf_counter() - before
    samples = []
    for key in itertools.islice(keys, 10):
        before = time.perf_counter()
        jax.block_until_ready(line_of_sight(key))
        samples.append(time.perf_counter() - before)
    theirs = "not measured" if quick else autolens_sampling()
    yield Limit("one LOSSampler realisation", min(samples), f"{si(min(samples))} (the first {si(first)})", 0.1, 5e-3, theirs)


def autolens_sampling() -> str:
    """Return the seconds of one realisation of autolens's sampler."""
    before = time.perf_counter()
    galaxies = forward_autolens.sample_line_of_sight(seed=1)
    return f"{si(time.perf_counter() - before)} for {len(galaxies)} galaxies"


LIMITS: dict[str, Callable[[bool], Iterator[Limit]]] = {
    "check": check,
    "memory": memory,
    "compile": compiling,
    "gradient": gradient,
    "los": sampling,
}


def process_peak() -> str:
    """Return the largest size that the process had so far."""
    return megabytes(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
