"""The two sources of randomness, a JAX key and a NumPy Generator, behind the same few functions."""

from typing import Any

import jax
import numpy as np

from .._backend import is_jax, namespace
from .._check import is_concrete


def is_jax_key(key: Any) -> bool:
    """Return whether `key` is a JAX key, of the new kind (`jax.random.key`) or the old (`jax.random.PRNGKey`)."""
    if isinstance(key, (np.random.Generator, np.ndarray)) or not isinstance(key, jax.Array):
        return False
    return bool(jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key)) or (key.dtype == np.uint32 and key.ndim >= 1)


def check_source(array: Any, key: Any, name: str) -> None:
    """Raise unless `key` is one source of random numbers, and of the kind that goes with the library of `array`."""
    from_key = is_jax_key(key)
    if not from_key and not isinstance(key, np.random.Generator):
        raise TypeError(
            f"`key` must be a JAX key or a NumPy Generator, but is {type(key).__name__}: {key!r}; make one with "
            f"`jax.random.key(seed)` or `numpy.random.default_rng(seed)`."
        )
    if from_key != is_jax(array):
        library = type(array).__module__.split(".")[0] if not is_jax(array) else "jax"
        kind = "a JAX key" if from_key else "a NumPy Generator"
        needed = "a JAX key, `jax.random.key(seed)`" if not from_key else "a Generator, `numpy.random.default_rng(seed)`"
        raise TypeError(
            f"`key` must be of the array library of `{name}`, but `key` is {kind} and `{name}` is of {library}; "
            f"pass {needed}, or convert `{name}`."
        )
    if from_key:
        _check_old_key(key, "key")
    if from_key and key.ndim != (0 if jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key) else 1):
        raise ValueError(f"`key` must be one key, but is an array of them, of shape {key.shape}; use `jax.vmap` over the keys.")


def _check_old_key(key: Any, name: str) -> None:
    """Raise unless a key of the old kind, bare 32-bit numbers, has as many of them as JAX takes."""
    if not jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key):
        try:
            jax.random.wrap_key_data(key)
        except (TypeError, ValueError) as err:
            raise ValueError(
                f"`{name}` must be a JAX key, but is a uint32 array of shape {tuple(key.shape)}, which is none; make one with "
                f"`jax.random.key(seed)`."
            ) from err


def split(key: Any) -> tuple[Any, Any]:
    """Return two sources: two keys, or the Generator twice, as it never gives the same number again."""
    if isinstance(key, np.random.Generator):
        return key, key
    first, second = jax.random.split(key)
    return first, second


def normal(key: Any, like: Any) -> Any:
    """Return standard normal numbers with the shape and data type of `like`."""
    xp = namespace(like)
    if isinstance(key, np.random.Generator):
        return xp.asarray(key.standard_normal(like.shape), dtype=like.dtype)
    return jax.random.normal(key, like.shape, like.dtype)


def uniform(key: Any, like: Any) -> Any:
    """Return uniform numbers from 0 to 1, with the shape and data type of `like`; small ones are as fine as large ones.

    Both ends are possible, 0 in float64 and 1 by rounding in float32, though rare. JAX's own
    float32 numbers are multiples of 2^-23, so rarer events than that would never happen.
    """
    xp = namespace(like)
    if isinstance(key, np.random.Generator):
        return xp.asarray(key.random(like.shape), dtype=like.dtype)
    if like.dtype == np.float64:
        return jax.random.uniform(key, like.shape, like.dtype)
    bits = jax.random.bits(key, like.shape, np.uint32)
    return (bits.astype(like.dtype) + 0.5) * 2.0**-32


def sample_key(root_key: Any, index: Any) -> Any:
    """Return the source of random numbers of sample `index` of a run.

    It depends on the root and on the index alone: not on batches, devices, or where a run was resumed.

    The same key gives the same draw for the same rate, bit for bit. Rates are another matter: programs that are compiled
    differently, as for one image and for a batch of them, may compute rates that differ in their last bit, and that can
    accept what was rejected in a rare pixel (of 170 000 in float32, 1 to 4 were seen to differ). Where every bit matters,
    compute in float64, in which that is rarer still, or run one program of a fixed batch size.

    Parameters
    ----------
    root_key : JAX key, or NumPy Generator
        Of the run. A Generator counts by the seed that it was made from: it is not drawn from, and what was drawn from it
        before makes no difference.
    index : int, or traced integer with a JAX key
        From 0 to 2^32 - 1.

    Returns
    -------
    JAX key, or NumPy Generator

    Raises
    ------
    ValueError
        If `index` is not in that range, or a Generator does not know its seed.
    TypeError
        If `root_key` is neither a JAX key nor a NumPy Generator, or the index is not an integer.

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays.ops import sample_key
    >>> root = np.random.default_rng(1)
    >>> float(sample_key(root, 7).random()) == float(sample_key(root, 7).random())
    True
    """
    if is_concrete(index):
        if isinstance(index, bool) or not np.issubdtype(np.asarray(index).dtype, np.integer) or np.ndim(index) != 0:
            raise TypeError(f"`index` must be an integer, but is {index!r}; number the samples 0, 1, 2 and on.")
        if not 0 <= int(index) < 2**32:
            raise ValueError(f"`index` must be from 0 to 2^32 - 1, but is {index}; use another root key beyond.")
    if is_jax_key(root_key):
        _check_old_key(root_key, "root_key")
        return jax.random.fold_in(root_key, index)
    if not isinstance(root_key, np.random.Generator):
        raise TypeError(
            f"`root_key` must be a JAX key or a NumPy Generator, but is {type(root_key).__name__}: {root_key!r}; make one with "
            f"`jax.random.key(seed)` or `numpy.random.default_rng(seed)`."
        )
    seed: Any = root_key.bit_generator.seed_seq
    if not isinstance(seed, np.random.SeedSequence):
        raise ValueError(
            f"`root_key` must be a Generator that knows its seed, but has none in its {type(root_key.bit_generator).__name__} "
            f"(as of `RandomState`); make one with `numpy.random.default_rng(seed)`."
        )
    spawn_key = (*seed.spawn_key, int(index))
    sequence = np.random.SeedSequence(seed.entropy, spawn_key=spawn_key, pool_size=seed.pool_size)
    return np.random.Generator(type(root_key.bit_generator)(sequence))
