"""Any number of simulations, as a host loop over one compiled batch."""

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from .._check import whole_number
from ..ops.random_source import is_jax_key, sample_key

MOST_AT_ONCE = 256  # samples in a batch that is chosen for the caller, so that the first are not long in coming
HOST_MEMORY = 2**30  # [byte] that a batch may take where a device does not say what it has
SHARE_OF_DEVICE = 0.5


class Batch(NamedTuple):
    """Some samples of a run."""

    indices: np.ndarray  # of the samples, shape (b,)
    results: Any  # what `simulate` returned, as NumPy arrays with the samples along the first axis
    finite: np.ndarray  # whether all numbers of a sample are finite, shape (b,)


def simulate_in_batches(
    simulate: Callable[[Any, Any], Any],
    thetas: Any,
    key: Any,
    *,
    batch_size: int | None = None,
    vmap_size: int | None = None,
    memory_limit: int | None = None,
    first_index: int = 0,
    progress: bool = True,
) -> Iterator[Batch]:
    """Simulate any number of samples, batch after batch, while what has been simulated is consumed.

    One program is compiled, for a batch of fixed size; the last batch is filled up, and what it is filled with cut off. The
    next batch is handed to the device before the present one is yielded, so that the device computes while the caller writes.

    Parameters
    ----------
    simulate : callable (theta, key) -> pytree of arrays
        Of one sample, without batch axes; it is compiled.
    thetas : pytree of arrays, shapes (n, ...)
        The parameters of all samples, along the first axis.
    key : jax.Array
        The JAX key of the run. Sample `i` gets ``sample_key(key, i)``.
    batch_size : int, optional
        Samples in a batch. By default as many as fit into `memory_limit`, by the compiler's own account, and at most 256.
    vmap_size : int, optional
        Samples that are computed side by side, by `vmap`; batches are multiples of it. By default 1 on a CPU, whose caches
        hold one image and not several, and 32 elsewhere.
    memory_limit : int, optional [byte]
        That arguments, results and temporary arrays of two batches may take. By default half of the memory of the device, or
        1 GiB if it does not tell.
    first_index : int
        The index of the first of these samples in the run: to resume one, or to do a part of it.
    progress : bool
        Whether to show a bar with the rate, and the number of samples with a NaN or an infinity, if there are any.

    Yields
    ------
    Batch
        In the order of the samples.

    Raises
    ------
    ValueError
        If there are no samples, their numbers differ from array to array, or one sample does not fit into `memory_limit`.
    TypeError
        If `key` is no JAX key, or `thetas` has no arrays.

    Notes
    -----
    A sample does not depend on the batch size, to the last bit, as all batches repeat one program of `vmap_size` samples; a
    program with another `vmap_size` may round differently.

    Examples
    --------
    >>> import jax
    >>> import jax.numpy as jnp
    >>> import lensarrays as la
    >>> def simulate(theta, key):
    ...     return theta["mean"] + jax.random.normal(key)
    >>> thetas = {"mean": jnp.arange(10.0)}
    >>> batches = la.simulate_in_batches(simulate, thetas, jax.random.key(1), batch_size=4, progress=False)
    >>> [batch.results.shape for batch in batches]
    [(4,), (4,), (2,)]
    """
    total = _number_of(thetas)
    if not is_jax_key(key) or key.shape not in ((), (2,)):
        raise TypeError(
            f"`key` must be one JAX key, but is {type(key).__name__} of shape {np.shape(key)}; make one with "
            f"`jax.random.key(seed)`: samples get their own from it."
        )
    first_index = whole_number(first_index, "first_index")
    if first_index + total > 2**32:
        raise ValueError(
            f"`first_index` must be such that the last index is below 2^32, but is {first_index} for {total} samples; use "
            f"another key beyond."
        )
    vmap_size = _default_vmap_size() if vmap_size is None else whole_number(vmap_size, "vmap_size", at_least=1)
    if batch_size is not None:
        batch_size = whole_number(batch_size, "batch_size", at_least=1)
    limit = _memory_limit() if memory_limit is None else whole_number(memory_limit, "memory_limit", at_least=1)
    return _batches(simulate, thetas, key, total, batch_size, vmap_size, limit, first_index, progress)


def _batches(
    simulate: Callable,
    thetas: Any,
    key: Any,
    total: int,
    batch_size: int | None,
    vmap_size: int,
    limit: int,
    first: int,
    show: bool,
) -> Iterator[Batch]:
    """Yield the batches: the checks of `simulate_in_batches` are to be made when it is called, not at its first batch."""
    program, size = _compiled(simulate, thetas, key, total, batch_size, vmap_size, limit)
    starts = range(0, total, size)
    with _progress_bar(total, show) as advance:
        following = program(_part(thetas, 0, size), key, jnp.uint32(first))
        for start in starts:
            present, stop = following, min(start + size, total)
            if stop < total:
                following = program(_part(thetas, stop, size), key, jnp.uint32(first + stop))
            results, finite = jax.tree_util.tree_map(lambda array, n=stop - start: array[:n], jax.device_get(present))
            advance(stop - start, int(np.sum(~finite)))
            yield Batch(np.arange(first + start, first + stop), results, finite)


def _number_of(thetas: Any) -> int:
    """Return the number of samples."""
    leaves = jax.tree_util.tree_leaves(thetas)
    if not leaves or any(np.ndim(leaf) == 0 for leaf in leaves):
        raise TypeError(
            f"`thetas` must be arrays with the samples along the first axis, but {'has numbers' if leaves else 'is empty'}; "
            f"give every parameter for every sample, or close over those that are the same for all."
        )
    if any(is_jax_key(leaf) and jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.extended) for leaf in leaves):
        raise TypeError(
            "`thetas` must hold arrays of numbers, but has others; random keys come from `key`, one for each sample."
        )
    numbers = sorted({len(leaf) for leaf in leaves})
    if len(numbers) > 1 or numbers[0] == 0:
        raise ValueError(
            f"`thetas` must have one entry or more per sample in every array, but their lengths are {numbers}; cut them alike."
        )
    return numbers[0]


def _default_vmap_size() -> int:
    return 1 if jax.default_backend() == "cpu" else 32


def _memory_limit() -> int:
    statistics = jax.devices()[0].memory_stats() or {}
    return int(SHARE_OF_DEVICE * statistics["bytes_limit"]) if "bytes_limit" in statistics else HOST_MEMORY


def _part(thetas: Any, start: int, size: int) -> Any:
    """Return the parameters of a batch; behind the end the last ones are repeated."""

    def part(array: Any) -> Any:
        own = array[start : start + size]
        fill = size - len(own)
        return np.concatenate([own, np.repeat(np.asarray(own[-1:]), fill, axis=0)]) if fill else own

    return jax.tree_util.tree_map(part, thetas)


def _compiled(
    simulate: Callable, thetas: Any, key: Any, total: int, batch_size: int | None, vmap_size: int, limit: int
) -> tuple[Callable, int]:
    """Return the compiled program of a batch, and how many samples it takes."""

    def one(arguments: tuple) -> tuple[Any, Any]:
        theta, sample = arguments
        result = jax.tree_util.tree_map(jnp.asarray, simulate(theta, sample))
        numbers = [leaf for leaf in jax.tree_util.tree_leaves(result) if jnp.issubdtype(leaf.dtype, jnp.inexact)]
        return result, jnp.all(jnp.asarray([jnp.all(jnp.isfinite(leaf)) for leaf in numbers]))

    def batch(thetas: Any, key: Any, first: Any) -> tuple[Any, Any]:
        size = len(jax.tree_util.tree_leaves(thetas)[0])
        keys = jax.vmap(lambda index: sample_key(key, index))(first + jnp.arange(size, dtype=jnp.uint32))
        return jax.lax.map(one, (thetas, keys), batch_size=vmap_size if vmap_size > 1 else None)

    def shapes(size: int) -> Any:
        return jax.tree_util.tree_map(lambda array: jax.ShapeDtypeStruct((size, *array.shape[1:]), _dtype_of(array)), thetas)

    index = jax.ShapeDtypeStruct((), jnp.uint32)
    if batch_size is None:
        each = sum(
            leaf.size * leaf.dtype.itemsize
            for leaf in jax.tree_util.tree_leaves((shapes(1), jax.eval_shape(batch, shapes(1), key, index)))
        )
        batch_size = max(1, min(total, MOST_AT_ONCE, limit // (2 * each)))
    size = vmap_size * math.ceil(batch_size / vmap_size)
    while True:
        program = jax.jit(batch).lower(shapes(size), key, index).compile()
        memory: Any = program.memory_analysis()
        needed = 2 * (memory.argument_size_in_bytes + memory.output_size_in_bytes) + memory.temp_size_in_bytes
        if needed <= limit:
            return program, size
        if size == vmap_size:
            raise ValueError(
                f"`memory_limit` must be at least what {size} samples need, {needed} bytes, but is {limit}; raise it, or lower "
                f"`vmap_size`."
            )
        size = vmap_size * max(1, min(size // 2, int(size * limit / needed)) // vmap_size)


def _dtype_of(array: Any) -> Any:
    """Return the data type that JAX gives an array: without x64, float32 for float64."""
    return jax.dtypes.canonicalize_dtype(array.dtype)


@contextlib.contextmanager
def _progress_bar(total: int, show: bool) -> Iterator[Callable[[int, int], None]]:
    """Give a function that is told how many samples were done, and how many of them are not finite."""
    if not show:
        yield lambda done, faulty: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("simulating"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task, faulty_so_far = bar.add_task("simulating", total=total, note=""), 0

        def advance(done: int, faulty: int) -> None:
            nonlocal faulty_so_far
            faulty_so_far += faulty
            speed = bar.tasks[0].speed
            rate = f"{speed:.1f} per s" if speed else ""
            note = f"{rate}, {faulty_so_far} not finite" if faulty_so_far else rate
            bar.update(task, advance=done, note=note)

        yield advance
