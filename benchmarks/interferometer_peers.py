"""autojax and autolens as contenders of `interferometer.py`; see README.md."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import interferometer_autojax as autojax
import interferometer_autolens as autolens
import interferometer_scene as scene
import jax
import jax.numpy as jnp
import numpy as np
from harness import Contender
from interferometer_measure import Part
from interferometer_scene import Problem

SUBSET = 64  # visibilities that autojax's w-compact is timed for where it would take minutes; it is linear in their number
SMALL = 1024
RIDGE = 1e-3  # of the largest of W: what is added to F so that its log determinant exists


def values(result: Any) -> np.ndarray:
    return np.asarray(result, dtype=np.float64)


def gradient(result: Any) -> np.ndarray:
    """Return the gradient of a value and its gradient."""
    return np.asarray(result[1], dtype=np.float64)


def drawn_uv(problem: Problem, folder: Path, number: int | None = None) -> Callable[[int], tuple[np.ndarray, np.ndarray]]:
    """Return what makes the sigmas and uv wavelengths of call `i`: copies that no library has seen; the first are exact."""
    seen = scene.observation(problem, folder)
    sigma, uv = seen.sigma[:number], seen.uv_wavelengths[:number]
    return lambda call: (sigma * (1 + 1e-6 * call), uv.copy())


def compact_by_numba(problem: Problem, folder: Path) -> Contender:
    return _compact(problem, folder, lambda made: autojax.w_compact(problem.side, *made, problem.scale))


def compact_by_jax(problem: Problem, folder: Path) -> Contender:
    function = jax.jit(autojax.w_compact_by_jax, static_argnums=(0, 3))
    return _compact(problem, folder, lambda made: function(problem.side, *made, problem.scale))


def _compact(problem: Problem, folder: Path, call: Callable[[Any], Any]) -> Part:
    total = len(scene.observation(problem, folder).sigma)
    number = total if total <= SMALL else SUBSET
    return Part(drawn_uv(problem, folder, number), call, values, scale=total / number)


def compact_by_autolens(problem: Problem, folder: Path) -> Contender:
    autolens.grid_in_radians(problem)
    return Contender(drawn_uv(problem, folder), lambda made: autolens.w_tilde(problem, *made), autolens.compact)


def curvature_from_compact(problem: Problem, folder: Path) -> Contender:
    """Return F from the compact W, by Numba."""
    table, where, compact = scene.mapping(problem), scene.native(problem), scene.compact(problem, folder)
    return Contender(
        lambda call: scene.drawn_weights(problem, call),
        lambda weights: autojax.curvature_from_w_compact(compact, where, table.indexes, weights, table.pixels),
        values,
    )


def curvature_from_dense(problem: Problem, folder: Path) -> Contender:
    """Return F from the dense W, which is made before, by Numba."""
    table = scene.mapping(problem)
    dense = autojax.w_tilde(scene.compact(problem, folder), scene.native(problem))
    return Contender(
        lambda call: scene.drawn_weights(problem, call),
        lambda weights: autojax.curvature_from_w_tilde(dense, table.indexes, weights, table.pixels),
        values,
    )


def curvature_by_autolens(route: str) -> Callable[[Problem, Path], Contender]:
    def made(problem: Problem, folder: Path) -> Contender:
        dataset = autolens.prepared(problem, folder)
        return Contender(
            lambda call: autolens.mapper(problem, scene.drawn_weights(problem, call)),
            lambda mapper: autolens.curvature_matrix(dataset, mapper, route),
            values,
        )

    return made


def drawn_on_jax(problem: Problem) -> Callable[[int], jax.Array]:
    return lambda call: jnp.asarray(scene.drawn_weights(problem, call))


def jitted_curvature(problem: Problem, folder: Path) -> Contender:
    return Contender(drawn_on_jax(problem), jax.jit(autolens.traceable_curvature_matrix(problem, folder)), values)


def jitted_gradient(problem: Problem, folder: Path) -> Contender:
    """Return ln det(F + mu 1) and its gradient by the weights of the table."""
    function = log_det_of(autolens.traceable_curvature_matrix(problem, folder), problem, folder)
    return Contender(drawn_on_jax(problem), function, lambda result: gradient(result) * scene.mapping(problem).used)


def log_det_of(curvature: Callable[[jax.Array], jax.Array], problem: Problem, folder: Path) -> Callable[[jax.Array], Any]:
    """Return the jitted value and gradient of ln det(F + mu 1), for the function of the weights that gives F."""
    ridge = RIDGE * float(np.max(scene.compact(problem, folder))) * np.eye(scene.mapping(problem).pixels)
    return jax.jit(jax.value_and_grad(lambda weights: jnp.linalg.slogdet(curvature(weights) + ridge)[1]))


def evidence_by_numba(problem: Problem, folder: Path) -> Contender:
    """Return the log evidence from the compact W, by Numba and LAPACK."""
    curvature, table, constant = curvature_from_compact(problem, folder), scene.mapping(problem), constants(problem, folder)
    dirty_image = scene.dirty_image(problem, folder)

    def call(weights: np.ndarray) -> float:
        vector = autojax.data_vector(table.indexes, weights, dirty_image, table.pixels)
        prior = autojax.regularization_matrix(1.0, table.neighbors, table.neighbors_sizes)
        return autojax.log_evidence(curvature.call(weights), vector, prior, constant)

    return Contender(curvature.prepare, call, values)


def evidence_by_jax(problem: Problem, folder: Path) -> Contender:
    """Return the log evidence from the dense W, which is made before, jitted."""
    table, function = scene.mapping(problem), jax.jit(autojax.log_evidence_by_jax)
    dense = autojax.w_tilde(scene.compact(problem, folder), scene.native(problem))
    first, *others = (
        jnp.asarray(part)
        for part in (dense, table.indexes, scene.dirty_image(problem, folder), table.neighbors, table.neighbors_sizes)
    )
    constant = constants(problem, folder)
    return Contender(drawn_on_jax(problem), lambda weights: function(first, others[0], weights, *others[1:], constant), values)


def constants(problem: Problem, folder: Path) -> float:
    seen = scene.observation(problem, folder)
    return scene.data_term(seen) + scene.noise_normalization(seen)


def evidence_by_autolens(*, positive_only: bool) -> Callable[[Problem, Path], Contender]:
    def made(problem: Problem, folder: Path) -> Contender:
        dataset = autolens.prepared(problem, folder)
        return Contender(
            lambda call: autolens.mapper(problem, scene.drawn_weights(problem, call)),
            lambda mapper: autolens.log_evidence(dataset, mapper, positive_only=positive_only),
            values,
        )

    return made


def drawn_image(problem: Problem) -> Callable[[int], np.ndarray]:
    return lambda call: scene.drawn_image(problem, call)


def drawn_image_on_jax(problem: Problem) -> Callable[[int], jax.Array]:
    return lambda call: jnp.asarray(scene.drawn_image(problem, call))


def likelihood(problem: Problem, folder: Path) -> Contender:
    return Contender(drawn_image(problem), lambda image: autolens.log_likelihood(problem, folder, image), values)


def likelihood_without_visibilities(problem: Problem, folder: Path) -> Contender:
    return Contender(
        drawn_image(problem), lambda image: autolens.log_likelihood_without_visibilities(problem, folder, image), values
    )


def jitted_likelihood(problem: Problem, folder: Path) -> Contender:
    return Contender(drawn_image_on_jax(problem), jax.jit(autolens.traceable_log_likelihood(problem, folder)), values)


def likelihood_gradient(problem: Problem, folder: Path) -> Contender:
    function = jax.jit(jax.value_and_grad(autolens.traceable_log_likelihood(problem, folder)))
    return Contender(drawn_image_on_jax(problem), function, gradient)


def transform(problem: Problem, folder: Path) -> Contender:
    return Contender(drawn_image(problem), lambda image: autolens.visibilities(problem, folder, image), np.asarray)


def jitted_transform(problem: Problem, folder: Path) -> Contender:
    return Contender(drawn_image_on_jax(problem), jax.jit(autolens.traceable_visibilities(problem, folder)), np.asarray)
