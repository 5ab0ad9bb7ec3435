"""Ours and autolens's ways from vertices and points to indexes and weights; see `mesh.py`.

A mapping takes vertices (s, 2) and points (q, 2) and returns pairs of indexes and weights (..., k): of the points, and, on
meshes of natural neighbours, of the four split points around each vertex, without which autolens makes no such mesh.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from autoarray.inversion.mesh.interpolator import delaunay as theirs_of_triangles
from autoarray.inversion.mesh.interpolator import sibson as theirs_of_neighbours
from harness import Contender, compiled_memory, traced_memory
from mesh_scene import Problem, draw, factors

import lensarrays as la

Tables = list[tuple[Any, Any]]
Mapping = Callable[[Any, Any], Tables]
NATURAL = {"Delaunay": False, "DelaunayNN": True}  # whether the points see all natural neighbours


def ours(mesh: str, problem: Problem, *, xp: Any) -> Mapping:
    """Return the mapping of our mappers, whatever the arrays; it makes the table of neighbours too."""
    made, points = getattr(la.mesh, mesh)(), len(draw(problem, 0)[1])
    mask = la.Mask2D.all_false(shape_native=(points, 1), pixel_scales=1.0)

    def mapping(vertices: Any, points: Any) -> Tables:
        mapper = made.mapper_from(points, mask=mask, over_sample_size=1, mesh_grid=vertices, split=NATURAL[mesh])
        tables = [(mapper.indexes, mapper.weights)]
        return [*tables, (mapper.split_indexes, mapper.split_weights)] if NATURAL[mesh] else tables

    return mapping


def theirs(mesh: str, problem: Problem, *, xp: Any) -> Mapping:
    """Return the mapping of autolens's functions, without the objects it wraps them in."""

    def of_triangles(vertices: Any, points: Any) -> Tables:
        make = theirs_of_triangles.scipy_delaunay_matern if xp is np else theirs_of_triangles.jax_delaunay_matern
        _, _, indexes, _ = make(vertices, points)
        return [(indexes, theirs_of_triangles.pixel_weights_delaunay_from(points, vertices, indexes, xp=xp))]

    def of_neighbours(vertices: Any, points: Any) -> Tables:
        make = theirs_of_neighbours.scipy_delaunay_nn if xp is np else theirs_of_neighbours.jax_delaunay_nn
        _, _, indexes, _, weights, _, split_indexes, _, split_weights, *_ = make(vertices, points)
        return [(indexes, weights), (split_indexes, split_weights)]

    return of_neighbours if NATURAL[mesh] else of_triangles


def on_numpy(make: Callable[..., Mapping], mesh: str, problem: Problem) -> Contender:
    """Return the tables of NumPy arrays."""
    mapping = make(mesh, problem, xp=np)
    contender = Contender(lambda call: draw(problem, call), lambda drawn: mapping(*drawn), functools.partial(seen, problem))
    return Contender(contender.prepare, contender.call, contender.answer, lambda: traced_memory(contender))


def jitted(make: Callable[..., Mapping], mesh: str, problem: Problem) -> Contender:
    """Return the tables of JAX arrays, jitted."""
    return of_jax(make(mesh, problem, xp=jnp), problem, functools.partial(seen, problem))


def gradient(make: Callable[..., Mapping], mesh: str, problem: Problem) -> Contender:
    """Return the gradient of a weighted sum of the weights by vertices and points, jitted."""
    mapping, (values, weights_of_points) = make(mesh, problem, xp=jnp), map(jnp.asarray, factors(problem))

    def total(vertices: Any, points: Any) -> Any:
        (indexes, weights), *split = mapping(vertices, points)
        of_split = sum(jnp.sum(weights * values[indexes]) for indexes, weights in split)
        return of_split + jnp.sum(weights_of_points * jnp.sum(weights * values[indexes], axis=-1))

    answer: Callable[[Any], np.ndarray] = lambda result: np.concatenate([np.ravel(part) for part in result])  # noqa: E731
    return of_jax(jax.grad(total, argnums=(0, 1)), problem, answer)


def of_jax(function: Callable[..., Any], problem: Problem, answer: Callable[[Any], np.ndarray]) -> Contender:
    """Return a contender of a jitted function, whose memory is that of XLA and of what it calls on the host."""
    compiled = jax.jit(function)

    def prepare(call: int) -> tuple[Any, Any]:
        return tuple(jnp.asarray(part) for part in draw(problem, call))

    contender = Contender(prepare, lambda drawn: compiled(*drawn), answer)

    def memory() -> int:
        return compiled_memory(compiled.lower(*prepare(0)).compile()) + traced_memory(contender)

    return Contender(contender.prepare, contender.call, answer, memory)


def seen(problem: Problem, tables: Tables) -> np.ndarray:
    """Return what all points see of values of the vertices; indexes of -1 have no weight."""
    values, _ = factors(problem)
    seen_of = [np.sum(np.asarray(weights) * values[np.asarray(indexes)], axis=-1) for indexes, weights in tables]
    return np.concatenate([part.ravel() for part in seen_of])


CONTENDERS = {"NumPy": on_numpy, "JAX jit": jitted, "JAX gradient": gradient}
