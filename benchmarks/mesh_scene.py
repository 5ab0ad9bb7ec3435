"""Vertices and points in a source plane, as `mesh.py` triangulates and locates them: traced through an isothermal ellipsoid."""

import functools
import math
from dataclasses import dataclass

import numpy as np

RADIUS = 3.0  # of the mask [arcsec]
AXIS_RATIO, ANGLE = 0.9, math.radians(45.0)
EINSTEIN_RADIUS, STEP = 1.6, 1e-3  # [arcsec]; every draw has another radius, and so another triangulation
JITTER = 1e-3  # of the vertices in the image [arcsec]: those of a lattice have no triangulation of their own


@dataclass(frozen=True)
class Problem:
    """How many vertices and points there are, by how many of a lattice lie along the diameter of the mask."""

    name: str
    pixels_across: int
    vertices_across: int


PROBLEMS = tuple(
    Problem(f"S = {s}, Q = {q}", pixels_across, vertices_across)
    for s, q, pixels_across, vertices_across in (
        (716, 716, 30, 30),
        (1020, 5024, 80, 36),
        (1528, 20108, 160, 44),
        (1976, 49884, 252, 50),
    )
)


def draw(problem: Problem, call: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the vertices (s, 2) and the points (q, 2) of one call [arcsec], NumPy arrays of their own."""
    einstein_radius = EINSTEIN_RADIUS + STEP * call
    return tuple(traced(points, einstein_radius) for points in in_image(problem))


@functools.cache
def in_image(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return the same in the image."""
    vertices = lattice(problem.vertices_across)
    generator = np.random.default_rng(0)
    return vertices + JITTER * generator.standard_normal(vertices.shape), lattice(problem.pixels_across)


@functools.cache
def factors(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return a value for each vertex and a factor for each point: what is derived is a sum of weights times both."""
    generator = np.random.default_rng(1)
    return tuple(generator.standard_normal(len(points)) for points in in_image(problem))


def lattice(across: int) -> np.ndarray:
    """Return the centres of square pixels within the mask, row by row from above, of which `across` fill its diameter."""
    steps = (np.arange(across) + 0.5) / across * 2 * RADIUS - RADIUS
    y, x = np.meshgrid(-steps, steps, indexing="ij")
    points = np.stack([y.ravel(), x.ravel()], axis=-1)
    return points[np.sum(points**2, axis=-1) <= RADIUS**2]


def traced(points: np.ndarray, einstein_radius: float) -> np.ndarray:
    """Return where rays hit the source plane (R. Kormann et al. 1994, A&A 284, 285)."""
    turn = np.asarray([(math.cos(ANGLE), -math.sin(ANGLE)), (math.sin(ANGLE), math.cos(ANGLE))])
    y, x = (points @ turn.T).T
    flattening = math.sqrt(1 - AXIS_RATIO**2)
    distance = np.sqrt((AXIS_RATIO * x) ** 2 + y**2) + 1e-12
    scale = einstein_radius * math.sqrt(AXIS_RATIO) / flattening
    deflections = np.stack([np.arctanh(flattening * y / distance), np.arctan(flattening * x / distance)], axis=-1)
    return points - scale * deflections @ turn
