"""Our way to compute what `interferometer.py` compares: all names of ours are here; see README.md."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import interferometer_scene as scene
import jax
import numpy as np
from harness import Contender
from interferometer_peers import (
    drawn_image,
    drawn_image_on_jax,
    drawn_on_jax,
    drawn_uv,
    gradient,
    log_det_of,
    values,
)
from interferometer_scene import Problem

import lensarrays as la
from lensarrays.interferometry import Interferometer
from lensarrays.ops.interferometry.inversion import interferometer_inversion_from
from lensarrays.ops.interferometry.methods import DenseWTilde, StridedWTilde
from lensarrays.ops.interferometry.nufft import TransformerNUFFT
from lensarrays.ops.interferometry.w_tilde import WTilde
from lensarrays.ops.mapper import Mapper


@functools.cache
def mask(problem: Problem) -> la.Mask2D:
    return la.Mask2D(scene.masked(problem), pixel_scales=problem.scale)


@functools.cache
def dataset(problem: Problem, folder: Path) -> Interferometer:
    seen = scene.observation(problem, folder)
    noise_map = la.Visibilities(seen.sigma * (1 + 1j))
    return Interferometer(la.Visibilities(seen.data), noise_map, seen.uv_wavelengths, mask(problem))


@functools.cache
def w_tilde(problem: Problem, folder: Path) -> WTilde:
    return WTilde.from_compact(scene.compact(problem, folder), mask(problem))


def compact_values(problem: Problem, sigma: np.ndarray, uv_wavelengths: np.ndarray) -> np.ndarray:
    """Return W for all offsets, (ny, 2 nx - 1)."""
    return np.asarray(WTilde.from_uv_wavelengths(uv_wavelengths, la.Visibilities(sigma * (1 + 1j)), mask(problem)).compact)


def compact(problem: Problem, folder: Path) -> Contender:
    """Return w-tilde; its arguments are made before: uv wavelengths and a noise map."""
    drawn, pixels = drawn_uv(problem, folder), mask(problem)

    def prepare(call: int) -> tuple[np.ndarray, la.Visibilities]:
        sigma, uv_wavelengths = drawn(call)
        return uv_wavelengths, la.Visibilities(sigma * (1 + 1j))

    return Contender(prepare, lambda made: WTilde.from_uv_wavelengths(*made, pixels).compact, values)


def mapper(problem: Problem, weights: Any) -> Mapper:
    """Return the mapper of the table of the scene, with other weights."""
    table = scene.mapping(problem)
    return Mapper(
        indexes=table.indexes,
        weights=weights,
        mesh_grid=table.mesh_grid,
        neighbors=table.neighbors,
        split_indexes=None,
        split_weights=None,
        mask=mask(problem),
        over_sample_size=1,
        shape_native=None,
        counts_zero_weights=False,
    )


def curvature_matrix(problem: Problem, folder: Path) -> Callable[[Any], Any]:
    """Return the function of the weights (m, 3), of NumPy or JAX, that gives F, (s, s)."""
    from lensarrays.ops.interferometry.curvature import curvature_matrix_via_w_tilde_from

    tables = w_tilde(problem, folder)
    return lambda weights: curvature_matrix_via_w_tilde_from(tables, mapper(problem, weights))


def curvature(problem: Problem, folder: Path) -> Contender:
    return Contender(lambda call: scene.drawn_weights(problem, call), curvature_matrix(problem, folder), values)


def jitted_curvature(problem: Problem, folder: Path) -> Contender:
    return Contender(drawn_on_jax(problem), jax.jit(curvature_matrix(problem, folder)), values)


def jitted_gradient(problem: Problem, folder: Path) -> Contender:
    """Return ln det(F + mu 1) and its gradient by the weights of the table."""
    function = log_det_of(curvature_matrix(problem, folder), problem, folder)
    return Contender(drawn_on_jax(problem), function, lambda result: gradient(result) * scene.mapping(problem).used)


FEW_PIXELS = 2000  # of an image, up to which `DenseWTilde` is the method to choose


def evidence(*, positive_only: bool) -> Callable[[Problem, Path], Contender]:
    """Return what makes the log evidence, from a mapper."""

    def made(problem: Problem, folder: Path) -> Contender:
        tables, seen = w_tilde(problem, folder), scene.observation(problem, folder)
        dirty_image = la.Array2D(scene.dirty_image(problem, folder), mask(problem))
        constants, regularization = (scene.data_term(seen), scene.noise_normalization(seen)), la.reg.Constant(coefficient=1.0)
        method = DenseWTilde() if dirty_image.mask.pixels_in_mask <= FEW_PIXELS else StridedWTilde()

        def call(mapper: Mapper) -> Any:
            terms = {"mappers": [mapper], "regularization_terms": [regularization.terms_from(mapper)]}
            inversion = interferometer_inversion_from(
                tables, dirty_image, *constants, **terms, use_positive_only_solver=positive_only, method=method
            )
            return inversion.evidence.log_evidence

        return Contender(lambda call: mapper(problem, scene.drawn_weights(problem, call)), call, values)

    return made


def log_likelihood(problem: Problem, folder: Path) -> Callable[[Any], Any]:
    """Return the function of an image (m,), of NumPy or JAX, that gives its log likelihood."""
    log_likelihood_of, pixels = dataset(problem, folder).log_likelihood_of, mask(problem)
    return lambda image: log_likelihood_of(la.Array2D(image, pixels))


def likelihood(problem: Problem, folder: Path) -> Contender:
    return Contender(drawn_image(problem), log_likelihood(problem, folder), values)


def jitted_likelihood(problem: Problem, folder: Path) -> Contender:
    return Contender(drawn_image_on_jax(problem), jax.jit(log_likelihood(problem, folder)), values)


def likelihood_gradient(problem: Problem, folder: Path) -> Contender:
    function = jax.jit(jax.value_and_grad(log_likelihood(problem, folder)))
    return Contender(drawn_image_on_jax(problem), function, gradient)


def visibilities(problem: Problem, folder: Path) -> Callable[[Any], Any]:
    """Return the function of an image (m,), of NumPy or JAX, that gives its visibilities, (k,)."""
    transformer = TransformerNUFFT(scene.observation(problem, folder).uv_wavelengths, mask(problem))
    return lambda image: transformer.visibilities_from(la.Array2D(image, mask(problem))).values


def transform(problem: Problem, folder: Path) -> Contender:
    return Contender(drawn_image(problem), visibilities(problem, folder), np.asarray)


def jitted_transform(problem: Problem, folder: Path) -> Contender:
    return Contender(drawn_image_on_jax(problem), jax.jit(visibilities(problem, folder)), np.asarray)


OURS = {
    "ours, w": compact,
    "ours, F": curvature,
    "ours, F jitted": jitted_curvature,
    "ours, gradient of ln det F": jitted_gradient,
    "ours, evidence": evidence(positive_only=False),
    "ours, positive evidence": evidence(positive_only=True),
    "ours, likelihood": likelihood,
    "ours, likelihood jitted": jitted_likelihood,
    "ours, gradient of likelihood": likelihood_gradient,
    "ours, NUFFT": transform,
    "ours, NUFFT jitted": jitted_transform,
}
