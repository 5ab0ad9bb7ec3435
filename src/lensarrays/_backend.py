"""The only module that may ask which array library it is given."""

from collections.abc import Callable
from typing import Any

import array_api_compat as compat
import numpy as np

_NUMPY = np.empty(0)
_NUMPY_LIKE = (np.ndarray, np.generic, int, float, complex, bool, type(None))


def namespace(*arrays: Any) -> Any:
    """Return the library that `arrays` belong to. NumPy arrays and Python scalars yield to the others, as in JAX itself."""
    others = [a for a in arrays if not isinstance(a, _NUMPY_LIKE)]
    if not others:
        return compat.array_namespace(_NUMPY)
    try:
        return compat.array_namespace(*others)
    except TypeError as err:
        kinds = ", ".join(sorted({type(a).__module__.split(".")[0] for a in others}))
        raise TypeError(f"Arrays must be NumPy and at most one other library, but are of {kinds}; convert them first.") from err


def is_jax(x: Any) -> bool:
    """Return whether `x` is an array of JAX, traced or not."""
    return compat.is_jax_array(x)


class _Fresh(np.ndarray):
    """The mark of memory that nobody but this library can write to; it is seen by `is_settled` alone."""


def readonly(x: Any, *, fresh: bool = True) -> Any:
    """Return a view that cannot be written to, nor be made writeable again; JAX arrays cannot be anyway.

    Neither is `x` copied nor are its flags changed, so it may belong to somebody else. Where it does, `fresh` must be
    False: `is_settled` then does not take the result for ours.
    """
    if not isinstance(x, np.ndarray) or _is_locked(x):
        return x
    if x.dtype.kind not in "biufc":  # other kinds, as those of JAX's small floats, have no buffers
        x = x.view(np.ndarray)
        x.flags.writeable = False
        return x
    source: Any = x.view(_Fresh) if fresh else x
    return np.asarray(memoryview(source).toreadonly())


def is_settled(x: np.ndarray) -> bool:
    """Return whether nobody is left who could write to what `x` is a view of, however indirectly."""
    owner: Any = x
    while isinstance(owner, np.ndarray):
        if type(owner) is _Fresh:
            return True
        if owner.flags.writeable:
            return False
        owner = owner.base.obj if isinstance(owner.base, memoryview) else owner.base
    try:
        return owner is None or memoryview(owner).readonly
    except TypeError:  # it has no buffer: an array of JAX, or what `sliding_window_view` holds, say
        return is_jax(owner)


def _is_locked(x: np.ndarray) -> bool:
    owner: Any = x
    while isinstance(owner, np.ndarray):
        if owner.flags.writeable:
            return False
        owner = owner.base
    return isinstance(owner, memoryview) and owner.readonly


def placed(values: Any, index: np.ndarray, source: np.ndarray, axis: int) -> Any:
    """Return zeros with `values` at `index` along a negative axis: by writing to them on NumPy, else by a gather.

    `source` says for every slot of the result which value comes there, one past the last one meaning none: a gather is
    what accelerators are good at, while on NumPy the extra copy that it needs takes as long as all the rest.
    """
    batch, rest = values.shape[:axis], values.shape[axis:][1:]
    if isinstance(values, np.ndarray):
        result = np.zeros((*batch, source.size, *rest), dtype=values.dtype)
        key: Any = (*(slice(None) for _ in batch), index)  # with an Ellipsis NumPy takes half as long again
        result[key] = values
        return result
    xp = namespace(values)
    zero = xp.zeros((*batch, 1, *rest), dtype=values.dtype)
    return xp.take(xp.concat([values, zero], axis=axis), xp.asarray(source), axis=axis)


def summed_at(index: Any, values: Any, size: int) -> Any:
    """Return an array (size,) of the sums of those of `values` that have one index, 0 to size - 1, in `index`; both flat."""
    if isinstance(values, np.ndarray):
        return np.bincount(index, weights=values, minlength=size)
    if is_jax(values):
        from jax import ops

        return ops.segment_sum(values, index, num_segments=size)
    xp = namespace(values)  # the array API has no such sum
    return xp.sum(xp.where(xp.arange(size)[:, None] == index, values, xp.zeros_like(values)), axis=-1)


def recomputed(function: Callable, *arrays: Any) -> Any:
    """Return what a function makes of arrays; JAX, for derivatives, computes its steps again instead of keeping them.

    Memory that is kept is fetched from the system at each call, where it is more than some 30 MB; that takes longer.
    """
    if not any(is_jax(array) for array in arrays):
        return function(*arrays)
    import jax

    return jax.checkpoint(function)(*arrays)


def with_derivative(function: Callable, derivative: Callable) -> Callable:
    """Return a function of arrays that JAX differentiates by `derivative` rather than through its steps; forward and reverse.

    ``derivative(arguments, tangents)`` returns the value and its tangent, linear in the tangents, of which those that are
    None are zero. Whatever it does is itself differentiable, for higher derivatives. Other libraries call `function` alone.
    """

    def call(*arguments: Any) -> Any:
        if not any(is_jax(a) for a in arguments):
            return function(*arguments)
        from jax import custom_jvp
        from jax.custom_derivatives import SymbolicZero

        ruled = custom_jvp(function)
        ruled.defjvp(
            lambda primals, tangents: derivative(primals, [None if isinstance(t, SymbolicZero) else t for t in tangents]),
            symbolic_zeros=True,
        )
        return ruled(*arguments)

    return call


def with_partials(function: Callable) -> Callable:
    """Return an elementwise function that JAX differentiates by each argument in one loop, of which the result is kept.

    Left to itself, XLA computes the function again for every place that its derivatives go to.
    """

    def derivative(arguments: Any, tangents: Any) -> tuple[Any, Any]:
        import jax

        total: Any = 0
        for k, tangent in enumerate(tangents):
            if tangent is not None:

                def of_one(argument: Any, k: int = k) -> Any:
                    return function(*arguments[:k], argument, *arguments[k + 1 :])

                _, slope = jax.jvp(of_one, (arguments[k],), (jax.numpy.ones_like(arguments[k]),))
                total = total + jax.lax.optimization_barrier(slope) * tangent
        return function(*arguments), total

    return with_derivative(function, derivative)
