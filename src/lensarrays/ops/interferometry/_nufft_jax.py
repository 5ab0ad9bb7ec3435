"""Non-uniform Fourier transforms as two primitives of JAX, each the other's transpose.

`jax.custom_jvp` would give derivatives in (u, v) but no transpose in the image; `jax.custom_derivatives.linear_call` has
that, but neither a derivative in (u, v) nor `vmap`. As primitives they have all of it, any number of times.
"""

import functools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental.buffer_callback import buffer_callback
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from . import _finufft, _nufftax
from ._lattice import Setting

_forward_p = Primitive("lensarrays_nufft_forward")
_adjoint_p = Primitive("lensarrays_nufft_adjoint")


def forward(images: Any, uv: Any, setting: Setting) -> Any:
    """Return the visibilities (b, k) of real images (b, ny, nx)."""
    return _forward_p.bind(jnp.asarray(images), jnp.asarray(uv), setting=setting)


def adjoint(visibilities: Any, uv: Any, setting: Setting) -> Any:
    """Return the real images (b, ny, nx) that visibilities (b, k) add up to."""
    return _adjoint_p.bind(jnp.asarray(visibilities), jnp.asarray(uv), setting=setting)


# What they are.


def _forward_shape(images: Any, uv: Any, *, setting: Setting) -> Any:
    return images.update(shape=(images.shape[0], uv.shape[0]), dtype=jnp.result_type(images.dtype, jnp.complex64))


def _adjoint_shape(visibilities: Any, uv: Any, *, setting: Setting) -> Any:
    dtype = jnp.finfo(visibilities.dtype).dtype
    return visibilities.update(shape=(visibilities.shape[0], *setting.box.shape), dtype=dtype)


def _on_cpu(function: Any, shape_of: Any, values: Any, uv: Any, *, setting: Setting) -> Any:
    """Call a function of NumPy arrays on the buffers of JAX as they are.

    `call_on_host` would cut them into pieces of 100 kB, of which 10^6 visibilities make some hundred: it takes 20 s to
    compile that.
    """
    shape = shape_of(jax.typeof(values), jax.typeof(uv), setting=setting)

    def call(_: Any, result: Any, values: Any, uv: Any) -> None:
        function(np.asarray(values), np.asarray(uv), setting, out=np.asarray(result))

    return buffer_callback(call, jax.ShapeDtypeStruct(shape.shape, shape.dtype))(values, uv)


# Their derivatives.


def _forward_jvp(primals: Any, tangents: Any, *, setting: Setting) -> tuple[Any, Any]:
    (images, uv), (d_images, d_uv) = primals, tangents
    value, terms = forward(images, uv, setting), []
    if not isinstance(d_images, ad.Zero):
        terms.append(forward(d_images, uv, setting))
    if not isinstance(d_uv, ad.Zero):
        y, x = _positions(images.dtype, setting)
        by_u, by_v = jnp.split(forward(jnp.concatenate([images * x, images * y]), uv, setting), 2)
        change = d_uv.astype(images.dtype)
        terms.append(-2j * math.pi * (by_u * change[:, 0] + by_v * change[:, 1]))
    return value, functools.reduce(jnp.add, terms)


def _adjoint_jvp(primals: Any, tangents: Any, *, setting: Setting) -> tuple[Any, Any]:
    (visibilities, uv), (d_visibilities, d_uv) = primals, tangents
    value, terms = adjoint(visibilities, uv, setting), []
    if not isinstance(d_visibilities, ad.Zero):
        terms.append(adjoint(d_visibilities, uv, setting))
    if not isinstance(d_uv, ad.Zero):
        y, x = _positions(value.dtype, setting)
        change = 2j * math.pi * d_uv.astype(value.dtype)
        both = jnp.concatenate([visibilities * change[:, 0], visibilities * change[:, 1]])
        by_u, by_v = jnp.split(adjoint(both, uv, setting), 2)
        terms.append(by_u * x + by_v * y)
    return value, functools.reduce(jnp.add, terms)


def _positions(dtype: Any, setting: Setting) -> tuple[Any, Any]:
    """Return y (ny, 1) and x (nx,) of the pixels [radian]."""
    return jnp.asarray(setting.box.positions(0)[:, None], dtype=dtype), jnp.asarray(setting.box.positions(1), dtype=dtype)


# A transpose, as JAX has it, does not conjugate; an adjoint does.


def _forward_transpose(cotangent: Any, images: Any, uv: Any, *, setting: Setting) -> Any:
    return adjoint(jnp.conj(cotangent), uv, setting), None


def _adjoint_transpose(cotangent: Any, visibilities: Any, uv: Any, *, setting: Setting) -> Any:
    return jnp.conj(forward(cotangent, uv, setting)), None


def _batched(primitive: Any, arguments: Any, axes: Any, *, setting: Setting) -> tuple[Any, int]:
    """Transform a batch: of values in one call, of (u, v) one after the other."""
    (values, uv), (values_axis, uv_axis) = arguments, axes
    if values_axis is not None:
        values = jnp.moveaxis(values, values_axis, 0)
    if uv_axis is None:
        flat = primitive.bind(jnp.reshape(values, (-1, *values.shape[2:])), uv, setting=setting)
        return jnp.reshape(flat, (*values.shape[:2], *flat.shape[1:])), 0
    uv = jnp.moveaxis(uv, uv_axis, 0)
    if values_axis is None:
        return jax.lax.map(lambda one: primitive.bind(values, one, setting=setting), uv), 0
    return jax.lax.map(lambda pair: primitive.bind(*pair, setting=setting), (values, uv)), 0


def _register(primitive: Any, shape_of: Any, jvp: Any, transpose: Any, on_host: Any, on_accelerator: Any) -> None:
    at_once = jax.jit(lambda values, uv, setting: primitive.bind(values, uv, setting=setting), static_argnames="setting")
    primitive.def_impl(lambda values, uv, *, setting: at_once(values, uv, setting=setting))
    primitive.def_abstract_eval(shape_of)
    ad.primitive_jvps[primitive] = jvp
    ad.primitive_transposes[primitive] = transpose
    batching.primitive_batchers[primitive] = functools.partial(_batched, primitive)

    def elsewhere(values: Any, uv: Any, *, setting: Setting) -> Any:
        return on_accelerator(values, uv, setting)

    mlir.register_lowering(primitive, mlir.lower_fun(elsewhere, multiple_results=False))
    on_cpu = functools.partial(_on_cpu, on_host, shape_of)
    mlir.register_lowering(primitive, mlir.lower_fun(on_cpu, multiple_results=False), platform="cpu")


_register(_forward_p, _forward_shape, _forward_jvp, _forward_transpose, _finufft.forward, _nufftax.forward)
_register(_adjoint_p, _adjoint_shape, _adjoint_jvp, _adjoint_transpose, _finufft.adjoint, _nufftax.adjoint)
