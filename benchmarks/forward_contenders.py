"""Our contenders of `forward.py`: one image, batches, gradients, NumPy arrays; see README.md."""

import functools
from typing import Any

import forward_ours as ours
import jax
import jax.numpy as jnp
import numpy as np
from forward_measure import Contender, compiled
from forward_peers import key_of
from forward_scene import Scene, theta_of


def dtype_of(double: bool) -> Any:
    return np.float64 if double else np.float32


@functools.cache
def one_image(scene: Scene, method: str, double: bool, noise: bool = True) -> Contender:
    """Return one image of a call, jitted."""
    dtype = dtype_of(double)
    with jax.enable_x64(double):
        simulate = ours.simulator(scene, method, dtype=dtype)

    def prepare(call: int) -> tuple[Any, ...]:
        theta = ours.theta_with(theta_of(scene, call), jnp, dtype)
        return (theta, key_of(call)) if noise else (theta,)

    return compiled(lambda *given: ours.image_of(simulate(*given)), prepare, double=double)


@functools.cache
def batch(scene: Scene, method: str, double: bool, size: int, how: str) -> Contender:
    """Return a batch of images, one after the other (`how` is "map") or abreast ("vmap"), jitted as one program."""
    dtype = dtype_of(double)
    with jax.enable_x64(double):
        simulate = ours.simulator(scene, method, dtype=dtype)

    def one(given: Any) -> Any:
        return ours.image_of(simulate(*given))

    def prepare(call: int) -> tuple[Any, ...]:
        calls = range(call * size, (call + 1) * size)
        thetas = [ours.theta_with(theta_of(scene, i), np, dtype) for i in calls]
        stacked = jax.tree.map(lambda *values: jnp.asarray(np.stack(values)), *thetas)
        return ((stacked, jax.vmap(jax.random.key)(jnp.arange(calls.start, calls.stop))),)

    function = functools.partial(jax.lax.map, one) if how == "map" else jax.vmap(one)
    return compiled(function, prepare, double=double, images=size)


@functools.cache
def chi_squared(scene: Scene, method: str, double: bool, gradient: bool) -> Contender:
    """Return chi squared, or it and its gradient with respect to all of theta, against an image with noise."""
    dtype = dtype_of(double)
    with jax.enable_x64(double):
        value = ours.chi_squared(scene, method, dtype=dtype)
    data = np.asarray(one_image(scene, method, double).answer(1))

    def prepare(call: int) -> tuple[Any, ...]:
        return ours.theta_with(theta_of(scene, call), jnp, dtype), jnp.asarray(data)

    return compiled(jax.value_and_grad(value) if gradient else value, prepare, double=double)


@functools.cache
def numpy_image(scene: Scene, method: str, double: bool, noise: bool = True) -> Contender:
    """Return one image of a call on NumPy arrays."""
    dtype = dtype_of(double)
    simulate = ours.simulator(scene, method, xp=np, dtype=dtype)

    def prepare(call: int) -> tuple[Any, ...]:
        return ours.theta_with(theta_of(scene, call), np, dtype), np.random.default_rng(call) if noise else None

    return Contender(lambda *given: ours.image_of(simulate(*given)), prepare, double)
