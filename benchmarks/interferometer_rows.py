"""The rows of the table that `interferometer.py` prints, and what is promised in each; see README.md."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import interferometer_peers as peers
from harness import Contender
from interferometer_scene import SMA_SIDE, Problem

Make = Callable[[Problem, Path], Contender]

THEIRS: dict[str, Make] = {
    "autojax, w by Numba": peers.compact_by_numba,
    "autojax, w by JAX": peers.compact_by_jax,
    "autolens, w": peers.compact_by_autolens,
    "autojax, F from dense W": peers.curvature_from_dense,
    "autojax, F from compact W": peers.curvature_from_compact,
    "autolens, F by Numba": peers.curvature_by_autolens("Numba"),
    "autolens, F by FFT": peers.curvature_by_autolens("FFT"),
    "autolens, F jitted": peers.jitted_curvature,
    "autolens, gradient of ln det F": peers.jitted_gradient,
    "autojax, evidence by JAX": peers.evidence_by_jax,
    "autojax, evidence by Numba": peers.evidence_by_numba,
    "autolens, evidence": peers.evidence_by_autolens(positive_only=False),
    "autolens, positive evidence": peers.evidence_by_autolens(positive_only=True),
    "autolens, likelihood": peers.likelihood,
    "autolens, likelihood without visibilities": peers.likelihood_without_visibilities,
    "autolens, likelihood jitted": peers.jitted_likelihood,
    "autolens, gradient of likelihood": peers.likelihood_gradient,
    "autolens, NUFFT": peers.transform,
    "autolens, NUFFT jitted": peers.jitted_transform,
}


@dataclass(frozen=True)
class Measure:
    """How answers are compared: `peak` is the largest difference over the largest value, `nats` the difference itself."""

    kind: str
    allowed: float


W_TILDE, CURVATURE, NATS = Measure("peak", 1e-12), Measure("peak", 1e-10), Measure("nats", 1e-6)
GRADIENT, TRANSFORM = Measure("peak", 1e-8), Measure("peak", 1e-10)  # autolens asks its transforms for 1e-12


@dataclass(frozen=True)
class Row:
    """A comparison of times, and how many times faster we promise to be.

    Parameters
    ----------
    key : what `--rows` calls it
    what : what the table calls it, behind the name of the problem
    problem : what is computed
    ours, theirs : the contenders
    measure : how their answers are compared
    at_least, aim : theirs / ours; None where nothing is promised
    """

    key: str
    what: str
    problem: Problem
    ours: str
    theirs: str
    measure: Measure
    at_least: float | None = None
    aim: float | None = None


def rows() -> tuple[Row, ...]:
    return (*w_tilde_rows(), *curvature_rows(), *jax_rows(), *evidence_rows(), *likelihood_rows(), *transform_rows())


def w_tilde_rows() -> tuple[Row, ...]:
    def of(key: str, problem: Problem, autojax: tuple[float, float], autolens: tuple[float, float]) -> tuple[Row, ...]:
        return (
            Row(key, "w-compact", problem, "ours, w", "autojax, w by Numba", W_TILDE, *autojax),
            Row(key, "w-compact", problem, "ours, w", "autojax, w by JAX", W_TILDE, *autojax),
            Row(key, "w-compact", problem, "ours, w", "autolens, w", W_TILDE, *autolens),
        )

    return (
        *of("w-sma", Problem("SMA, K = 190, N = 30", SMA_SIDE, None), (75, 150), (10, 20)),
        *of("w-1e4", Problem("K = 1e4, N = 256", 256, 10_000), (1900, 3900), (3.8, 8)),
        *of("w-1e6", Problem("K = 1e6, N = 256", 256, 1_000_000), (7000, 14000), (1, 1.9)),
    )


def curvature_rows() -> tuple[Row, ...]:
    small, large = Problem("M = 5024, S = 1020", 80, 20_000), Problem("M = 49884, S = 1020", 252, 20_000)
    return (
        Row("f-5024", "F", small, "ours, F", "autojax, F from dense W", CURVATURE, 5, 8),
        Row("f-5024", "F", small, "ours, F", "autojax, F from compact W", CURVATURE),
        Row("f-5024", "F", small, "ours, F", "autolens, F by Numba", CURVATURE, 3.5, 6),
        Row("f-5024", "F", small, "ours, F", "autolens, F by FFT", CURVATURE),
        Row("f-49884", "F", large, "ours, F", "autojax, F from compact W", CURVATURE, 30, 45),
        Row("f-49884", "F", large, "ours, F", "autolens, F by Numba", CURVATURE, 14, 22),
        Row("f-49884", "F", large, "ours, F", "autolens, F by FFT", CURVATURE, 29, 44),
    )


def jax_rows() -> tuple[Row, ...]:
    problem, log_det = Problem("M = 9856, S = 1020", 112, 20_000), "ln det(F + mu 1) and its gradient, JAX"
    theirs = "autolens, gradient of ln det F"
    return (
        Row("f-jax", "F, JAX", problem, "ours, F jitted", "autolens, F jitted", CURVATURE, 28, 40),
        Row("f-jax", log_det, problem, "ours, gradient of ln det F", theirs, GRADIENT, 13, 20),
    )


def evidence_rows() -> tuple[Row, ...]:
    small = Problem("SMA, M = 716, S = 716", SMA_SIDE, None, vertices=716)
    large = Problem("M = 49884, S = 1020", 252, 20_000)
    ours, positive = "ours, evidence", "ours, positive evidence"
    return (
        Row("evidence-sma", "log evidence core", small, ours, "autojax, evidence by JAX", NATS, 2.5, 3.4),
        Row("evidence-sma", "log evidence core", small, ours, "autolens, evidence", NATS, 2.5, 3.3),
        Row("evidence-sma", "positive-only", small, positive, "autolens, positive evidence", NATS),
        Row("evidence-49884", "log evidence core", large, ours, "autojax, evidence by Numba", NATS, 28, 40),
        Row("evidence-49884", "log evidence core", large, ours, "autolens, evidence", NATS, 20, 30),
        Row("evidence-49884", "positive-only", large, positive, "autolens, positive evidence", NATS),
    )


def likelihood_rows() -> tuple[Row, ...]:
    def of(key: str, problem: Problem, value: float, slope: float) -> tuple[Row, ...]:
        what, ours, likelihood = "light-profile log likelihood", "ours, likelihood", "autolens, likelihood"
        return (
            Row(key, what, problem, ours, likelihood, NATS, value),
            Row(key, what, problem, ours, f"{likelihood} without visibilities", NATS),
            Row(key, f"{what}, JAX", problem, f"{ours} jitted", f"{likelihood} jitted", NATS),
            Row(
                key, "the same with gradient, JAX", problem, "ours, gradient of likelihood", "autolens, gradient of likelihood",
                GRADIENT, slope,
            ),
        )  # fmt: skip

    return (
        *of("light-1e5", Problem("K = 1e5, N = 100", 100, 100_000), 60, 1000),
        *of("light-1e6", Problem("K = 1e6, N = 256", 256, 1_000_000), 160, 1500),
    )


def transform_rows() -> tuple[Row, ...]:
    """Return what is there to inform; nothing is promised."""
    return tuple(
        Row(f"transform-1e{power}", what, Problem(f"K = 1e{power}, N = 256", 256, 10**power), ours, theirs, TRANSFORM)
        for power in (4, 5, 6)
        for what, ours, theirs in (
            ("image to visibilities", "ours, NUFFT", "autolens, NUFFT"),
            ("image to visibilities, JAX", "ours, NUFFT jitted", "autolens, NUFFT jitted"),
        )
    )
