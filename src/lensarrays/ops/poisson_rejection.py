"""Poisson draws by rejection, on JAX: exact at any rate, in float64 and float32."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

_TABLE = 16  # below this number, factorials come from a table, above from Stirling's series


def rejection_draws(rate: Any, key: Any, *, minimum: float) -> Any:
    """Return one Poisson draw for each rate, those below `minimum` (10 at least) counting as that.

    All pixels draw again until the last is accepted, but what was accepted stays: a pixel's number depends on its own rate
    and the key, not on the others. Eight of ten proposals are accepted, or more.
    """
    rate = jax.lax.stop_gradient(jnp.maximum(rate, minimum))
    b = 0.931 + 2.53 * jnp.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    squeeze = 0.9277 - 3.6224 / (b - 2.0)

    def propose(state: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        key, drawn, accepted = state
        key, u_key, v_key = jax.random.split(key, 3)
        u = jax.random.uniform(u_key, rate.shape, rate.dtype) - 0.5
        v = 1.0 - jax.random.uniform(v_key, rate.shape, rate.dtype)
        rim = jnp.maximum(0.5 - jnp.abs(u), jnp.finfo(rate.dtype).eps)
        whole = jnp.floor(rate)
        k = whole + jnp.floor((2.0 * a / rim + b) * u + (rate - whole) + 0.43)
        quick = (rim >= 0.07) & (v <= squeeze)
        hopeless = (k < 0) | ((rim < 0.013) & (v > rim))
        density = jnp.log(v * inverse_alpha / (a / (rim * rim) + b))
        accept = quick | (~hopeless & (density <= log_probability(jnp.maximum(k, 0.0), rate)))
        return key, jnp.where(accept & ~accepted, k, drawn), accepted | accept

    start = (key, jnp.zeros_like(rate), jnp.zeros(rate.shape, bool))
    return jax.lax.while_loop(lambda state: ~jnp.all(state[2]), propose, start)[1]


def log_probability(k: Any, rate: Any) -> Any:
    """Return log P(k) of a Poisson distribution, without the cancellation of `k log(rate) - rate - log(k!)` at large rates.

    References
    ----------
    C. Loader, *Fast and accurate computation of binomial probabilities* (2000), equations (3) and (5).
    """
    factorials = jnp.asarray([math.lgamma(i + 1.0) for i in range(_TABLE)], dtype=rate.dtype)
    small = k * jnp.log(rate) - rate - factorials[jnp.minimum(k, _TABLE - 1).astype(np.int32)]
    safe = jnp.maximum(k, float(_TABLE))
    inverse = 1.0 / (safe * safe)
    stirling = (1 / 12 - (1 / 360 - (1 / 1260 - inverse / 1680) * inverse) * inverse) / safe
    large = -stirling - _deviance(safe, rate) - 0.5 * jnp.log(2.0 * np.pi * safe)
    return jnp.where(k < _TABLE, small, large)


def _deviance(k: Any, rate: Any) -> Any:
    """Return `k log(k / rate) + rate - k`, by its series where k is close to the rate."""
    v = (k - rate) / (k + rate)
    is_close = jnp.abs(v) < 0.1
    near = jnp.where(is_close, v, 0.0)
    series = sum(near ** (2 * j) / (2 * j + 1) for j in range(1, 9))
    far = jnp.where(is_close, 2.0 * rate, k)
    return jnp.where(is_close, (k - rate) * near + 2.0 * k * near * series, k * jnp.log(far / rate) + rate - k)
