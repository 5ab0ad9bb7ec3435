"""Structures beside autoarray's, in one process: `python benchmarks/structures.py [--out FILE]`; see README.md."""

import functools
import pickle
from types import ModuleType
from typing import Any

import autoarray as aa
import jax
import jax.numpy as jnp
import numpy as np
from autoarray.abstract_ndarray import register_instance_pytree
from harness import Case, Contender, compiled_memory, main, mib, verdict

jax.config.update("jax_enable_x64", True)  # autolens does so on import; said here so that both run in float64 for certain
register_instance_pytree(aa.Mask2D)  # by hand: autoarray does not, and without it none of its masked structures enters `jit`

SIDE = 500  # 250k pixels


def mask_circular(library: ModuleType) -> Contender:
    return Contender(
        prepare=lambda i: (0.001 * i, -0.0007 * i),  # another centre each time, so that no cache helps
        call=lambda centre: library.Mask2D.circular((SIDE, SIDE), radius=9.0, pixel_scales=0.05, centre=centre),
        answer=lambda mask: np.asarray(mask.array),
    )


def mask_circular_indexes(library: ModuleType) -> Contender:
    def call(centre: tuple[float, float]) -> Any:
        mask = library.Mask2D.circular((SIDE, SIDE), radius=9.0, pixel_scales=0.05, centre=centre)
        return mask.derive_indexes.native_for_slim

    return Contender(prepare=lambda i: (0.051 * (i % 300), -0.1 * (i // 300)), call=call, answer=np.asarray)


def grid_uniform(library: ModuleType) -> Contender:
    return Contender(
        prepare=lambda i: 0.05 + 1e-6 * i,
        call=lambda scale: library.Grid2D.uniform((SIDE, SIDE), pixel_scales=scale),
        answer=lambda grid: np.asarray(grid.array),
    )


def circular_array(library: ModuleType, i: int) -> Any:
    mask = circular_mask(library)
    return library.Array2D(values=np.linspace(0.0, 1.0 + i, int(mask.pixels_in_mask)), mask=mask)


@functools.cache
def circular_mask(library: ModuleType) -> Any:
    return library.Mask2D.circular((SIDE, SIDE), radius=9.0, pixel_scales=0.05)


def native(library: ModuleType) -> Contender:
    return Contender(
        prepare=lambda i: circular_array(library, i),
        call=lambda array: array.native,
        answer=lambda image: np.asarray(getattr(image, "array", image)),
    )


def over_sampled(library: ModuleType) -> Contender:
    return Contender(
        prepare=lambda i: library.Grid2D.uniform((200, 200), pixel_scales=0.05 + 1e-6 * i, over_sample_size=4),
        call=lambda grid: grid.over_sampled,
        answer=lambda grid: np.asarray(grid.array),
    )


@functools.cache
def full_mask(library: ModuleType) -> Any:
    return library.Mask2D.all_false((SIDE, SIDE), pixel_scales=0.05)


def full_array(library: ModuleType, i: int) -> Any:
    return library.Array2D(values=np.linspace(0.0, 1.0 + i, SIDE**2), mask=full_mask(library))


def addition(library: ModuleType) -> Contender:
    return Contender(
        prepare=lambda i: (full_array(library, i), full_array(library, i + 1)),
        call=lambda pair: pair[0] + pair[1],
        answer=lambda array: np.asarray(array.array),
    )


def jitted(library: ModuleType, func: Any, **constructor: Any) -> Contender:
    def prepare(i: int) -> Any:
        values = jnp.linspace(0.0, 1.0 + i, SIDE**2)
        return jax.block_until_ready(library.Array2D(values=values, mask=full_mask(library), **constructor))

    compiled = jax.jit(func)
    return Contender(
        prepare=prepare,
        call=compiled,
        answer=lambda array: np.asarray(array.array),
        memory=lambda: compiled_memory(compiled.lower(prepare(0)).compile()),
    )


def pickle_rows(theirs_only: bool) -> list[str]:
    theirs = len(pickle.dumps(full_array(aa, 0)))
    ours = theirs if theirs_only else len(pickle.dumps(full_array(lensarrays(), 0)))
    ratio = ours / theirs
    name = "pickle size of a 250k-pixel Array2D"
    return [f"| {name} | {mib(ours)} | {mib(theirs)} | {ratio:.3f} | {verdict(ratio, 0.55)} | - | - |"]


def lensarrays() -> ModuleType:
    import lensarrays  # late, so that `--theirs-only` runs without it

    return lensarrays


def both(name: str, timed: str, target: float | None, make: Any, *, theirs: dict | None = None, **options: Any) -> Case:
    """Return a case that is written the same way for both libraries, as ours has their names."""
    return Case(name, timed, target, lambda: make(lensarrays()), lambda: make(aa, **(theirs or {})), **options)


CASES = [
    both("Mask2D.circular 500x500", "the constructor, at a new centre for every call", 0.5, mask_circular),
    both(
        "Mask2D.circular 500x500 and its indexes",
        "the same and `derive_indexes.native_for_slim`, which we compute when asked",
        None,
        mask_circular_indexes,
    ),
    both("Grid2D.uniform 500x500", "the constructor, at a new pixel scale for every call", 0.2, grid_uniform),
    both("`.native` of a 102k-pixel circular mask", "the property, on a new Array2D for every call", 0.15, native),
    both("over-sampled grid 200x200 size 4", "`.over_sampled`, on a new Grid2D for every call", 0.2, over_sampled),
    both("`a + b`, 250k pixels", "the sum of two new Array2D for every call", 0.8, addition),
    both(
        "jitted identity, 250k pixels",
        "`jax.jit(lambda a: a)` of a new Array2D for every call",
        0.2,
        functools.partial(jitted, func=lambda array: array),
        theirs={"xp": jnp},
    ),
    both(
        "jitted `a + 1`, 250k pixels",
        "`jax.jit(lambda a: a + 1.0)` of a new Array2D for every call",
        None,
        functools.partial(jitted, func=lambda array: array + 1.0),
        theirs={"xp": jnp},
    ),
]

if __name__ == "__main__":
    main("Structures: lensarrays and autoarray", CASES, extra_rows=pickle_rows)
