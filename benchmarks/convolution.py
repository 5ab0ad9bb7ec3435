"""PSF convolution beside autoarray's, in one process: `python benchmarks/convolution.py [--out FILE]`; see README.md.

A PSF of 21x21 pixels that no separable method can serve, on a whole image of 141x141 pixels, as a simulator has it, and on one
that is used within a circle of 3.5" at 0.05" and takes light from outside the circle through a blurring image, as in a fit of
real data. autoarray gets its kernel's transform and the mask's indexes made beforehand (`ConvolverState`), which is how its
own datasets hold them.
"""

import functools
from types import ModuleType
from typing import Any

import autoarray as aa
import jax
import jax.numpy as jnp
import numpy as np
from harness import Case, Contender, compiled_memory, main

jax.config.update("jax_enable_x64", True)

SHAPE, SCALE, RADIUS, KERNEL_SHAPE, COLUMNS = (141, 141), 0.05, 3.5, (21, 21), 1500


def lensarrays() -> ModuleType:
    import lensarrays  # late, so that `--theirs-only` runs without it

    return lensarrays


@functools.cache
def masks(library: ModuleType, scene: str) -> tuple[Any, ...]:
    """Return the mask and, for the circle, that of the region from which the PSF brings flux into it."""
    if scene == "whole":
        return (library.Mask2D.all_false(SHAPE, pixel_scales=SCALE),)
    mask = library.Mask2D.circular((161, 161), radius=RADIUS, pixel_scales=SCALE)
    return mask, mask.derive_mask.blurring_from(kernel_shape_native=KERNEL_SHAPE)


@functools.cache
def kernel_native() -> np.ndarray:
    """Return an elliptical Moffat profile at an angle: rank 21, so that no separable method applies."""
    y, x = np.mgrid[-10:11, -10:11].astype(float)
    along, across = 0.8 * x + 0.6 * y, 0.8 * y - 0.6 * x
    kernel = (1.0 + (along / 2.6) ** 2 + (across / 1.9) ** 2) ** -2.5
    return kernel / kernel.sum()


@functools.cache
def columns(count: int, scene: str) -> tuple[np.ndarray, ...]:
    """Return `count` images and any blurring images, shapes (count, n) and (count, m), as a sparse mapping gives them."""
    rng = np.random.default_rng(1)
    sizes = [int(mask.pixels_in_mask) for mask in masks(aa, scene)]
    made = [rng.uniform(size=(count, size)) for size in sizes]
    if count > 1:  # a mapping matrix has few entries in a row: a pixel meets about three source pixels
        for values in made:
            values *= rng.uniform(size=values.shape) < 3.0 / count
    return tuple(made)


def mapping_matrices(scene: str, xp: Any) -> tuple[Any, ...]:
    """Return the mapping matrix, shape (n, COLUMNS), and that of any blurring region, in C order."""
    return tuple(xp.asarray(np.ascontiguousarray(values.T)) for values in columns(COLUMNS, scene))


def theirs_convolver(scene: str, xp: Any) -> aa.Convolver:
    from autoarray.operators.convolver import ConvolverState

    kernel = aa.Array2D.no_mask(kernel_native(), pixel_scales=SCALE)
    state = ConvolverState(kernel=kernel, mask=masks(aa, scene)[0])
    return aa.Convolver(kernel=kernel, state=state, use_fft=xp is not np)


def theirs_image(scene: str, xp: Any) -> Contender:
    convolver = theirs_convolver(scene, xp)
    image, *outside = (values[0] for values in columns(1, scene))

    def convolved(parts: Any) -> Any:
        arrays = [aa.Array2D(values=values, mask=mask) for values, mask in zip(parts, masks(aa, scene), strict=True)]
        return convolver.convolved_image_from(*arrays, *[None] * (2 - len(arrays)), xp=xp).array

    return contender(convolved, lambda i: (xp.asarray(image + i), *map(xp.asarray, outside)), xp)


def theirs_columns(scene: str, xp: Any) -> Contender:
    convolver, matrices = theirs_convolver(scene, xp), mapping_matrices(scene, xp)
    mask, *blurring = masks(aa, scene)

    def convolved(parts: Any) -> Any:
        outside = {"blurring_mapping_matrix": parts[1], "blurring_mask": blurring[0]} if blurring else {}
        return convolver.convolved_mapping_matrix_from(mapping_matrix=parts[0], mask=mask, **outside, xp=xp)

    return contender(convolved, lambda i: matrices, xp, answer=lambda matrix: np.asarray(matrix).T)


def ours_batch(count: int, scene: str, xp: Any) -> Contender:
    la = lensarrays()
    from lensarrays.ops import convolve

    kernel = la.Kernel2D.no_mask(xp.asarray(kernel_native()), pixel_scales=SCALE)
    image, *outside = (xp.asarray(values if count > 1 else values[0]) for values in columns(count, scene))

    def convolved(parts: Any) -> Any:
        arrays = [la.Array2D(values, mask) for values, mask in zip(parts, masks(la, scene), strict=True)]
        return convolve(arrays[0], kernel, *arrays[1:]).array

    return contender(convolved, lambda i: (image + i if count == 1 else image, *outside), xp)


def ours_columns(scene: str, xp: Any) -> Contender:
    la = lensarrays()
    from lensarrays.ops import convolve_mapping_matrix

    mask, *blurring = masks(la, scene)
    kernel = la.Kernel2D.no_mask(xp.asarray(kernel_native()), pixel_scales=SCALE)
    matrices = mapping_matrices(scene, xp)

    def convolved(parts: Any) -> Any:
        outside = {"blurring_mapping_matrix": parts[1], "blurring_mask": blurring[0]} if blurring else {}
        return convolve_mapping_matrix(parts[0], mask, kernel, **outside)

    return contender(convolved, lambda i: matrices, xp, answer=lambda matrix: np.asarray(matrix).T)


def contender(convolved: Any, prepare: Any, xp: Any, answer: Any = np.asarray) -> Contender:
    """Return the contender, jitted when its arrays are JAX's."""
    if xp is np:
        return Contender(prepare, convolved, answer)
    compiled = jax.jit(convolved)
    return Contender(prepare, compiled, answer, memory=lambda: compiled_memory(compiled.lower(prepare(0)).compile()))


def cases() -> list[Case]:
    made = []
    for scene, what in (("whole", "whole image"), ("circle", "circle and blurring")):
        for library, xp in (("NumPy", np), ("jitted JAX", jnp)):
            matrix = functools.partial(theirs_columns, scene, xp)
            made += [
                Case(
                    f"one image, {what}, {library}",
                    "values of the used pixels in and out, on a new image for every call",
                    0.7,
                    functools.partial(ours_batch, 1, scene, xp),
                    functools.partial(theirs_image, scene, xp),
                    rtol=1e-10,
                ),
                Case(
                    f"{COLUMNS} columns, {what}, {library}",
                    "the same mapping matrix (n, columns) in C order for both",
                    0.7,
                    functools.partial(ours_columns, scene, xp),
                    matrix,
                    samples=5,
                    rtol=1e-10,
                ),
            ]
    return made


if __name__ == "__main__":
    main("Convolution: lensarrays and autoarray", cases())
