"""The peers of `forward.py` as contenders, each made and measured once in a run; see README.md."""

import functools
from typing import Any

import forward_autolens
import forward_jaxtronomy
import forward_paltax
import jax
import numpy as np
from forward_measure import Contender, compiled
from forward_scene import Scene, theta_of


def key_of(call: int) -> Any:
    return jax.random.key(call)


@functools.cache
def autolens(scene: Scene, double: bool, noise: bool = True) -> Contender:
    """Return the jitted `simulate_substructure`, with Poisson noise or without."""
    with jax.enable_x64(double):
        simulate, arguments_of = forward_autolens.simulator(scene, dtype=np.float64 if double else np.float32)
    return compiled(
        simulate, lambda call: (arguments_of(theta_of(scene, call), key_of(call) if noise else None),), double=double
    )


@functools.cache
def jaxtronomy_rays(scene: Scene, double: bool) -> Contender:
    """Return the bulk multi-plane ray-shooting: the positions on the plane of the source, and no image."""
    with jax.enable_x64(double):
        shoot, arguments_of = forward_jaxtronomy.ray_shooter(scene, dtype=np.float64 if double else np.float32)
    return compiled(shoot, lambda call: (arguments_of(theta_of(scene, call)),), double=double)


@functools.cache
def paltax_rays(scene: Scene, double: bool) -> Contender:
    """Return paltax's ray-shooting, to the same positions."""
    with jax.enable_x64(double):
        shoot, arguments_of = forward_paltax.ray_shooter(scene, dtype=np.float64 if double else np.float32)
    return compiled(shoot, lambda call: (arguments_of(theta_of(scene, call)),), double=double)


@functools.cache
def jaxtronomy_image(scene: Scene, double: bool) -> Contender:
    """Return the jitted image of a macro model, without noise."""
    with jax.enable_x64(double):
        image, arguments_of = forward_jaxtronomy.macro_imager(scene)
    return compiled(image, lambda call: (arguments_of(theta_of(scene, call)),), double=double)
