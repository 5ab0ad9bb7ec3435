"""What an inversion demands of its parts, and of what it found."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import _check
from ..._backend import namespace
from ..._check import is_concrete
from ...structures import Array2D, Kernel2D, Mask2D, StaticArray
from ...structures.arithmetic import check_same_mask
from ..argument_types import check_array
from ..convolution.checks import check_kernel
from ..mapper import Mapper
from ..reg.abstract import DenseTerms


def blurring_mask_of(image: Array2D, psf: Kernel2D) -> Mask2D:
    """Return the pixels that are not used but that a PSF brings light in from."""
    return image.mask.derive_mask.blurring_from(psf.shape_native, allow_padding=True)


def check_data(image: Array2D, noise_map: Array2D, psf: Kernel2D | None) -> None:
    """Raise unless an image can be fitted: what is traced passes."""
    check_same_mask(image, noise_map)
    if image.mask.is_all_true:
        raise ValueError(f"`image` must have at least one used pixel, but its mask is {image.mask!r}; use another mask.")
    _check.finite(image.values, "image")
    _check.positive(noise_map.values, "noise_map")
    if psf is not None:
        check_kernel(psf)


def are_sound(noise_map: Array2D, psf: Kernel2D | None) -> Any:
    """Return whether a traced noise map and PSF are what `check_data` demands, shape (...); True of those that it has seen."""
    if is_concrete(noise_map.values) and (psf is None or is_concrete(psf.values)):
        return True
    xp = namespace(noise_map.values, None if psf is None else psf.values)
    noise = xp.asarray(noise_map.values)
    sound = xp.all(xp.isfinite(noise) & (noise > 0), axis=-1)
    if psf is not None:
        total = xp.sum(xp.asarray(psf.values), axis=-1)
        sound = sound & xp.isfinite(total) & (total > 0)
    return sound


def check_parts(image: Array2D, psf: Kernel2D | None, columns: Any, mappers: tuple, terms: tuple) -> None:
    """Raise unless what an image is made of fits it, and each other."""
    check_array(columns, "light_columns")
    n = image.mask.pixels_in_mask
    n_in = n + (blurring_mask_of(image, psf).pixels_in_mask if psf is not None else 0)
    if columns.shape[-1:] != (n_in,) or columns.ndim < 2:
        raise ValueError(
            f"`light_columns` must have shape (..., g, {n_in}), the {n} used pixels and {n_in - n} that the PSF brings light "
            f"in from, but has {tuple(columns.shape)}; evaluate the profiles at both."
        )
    if len(mappers) != len(terms):
        raise ValueError(
            f"`regularization_terms` must be as many as there are mappers, {len(mappers)}, but are {len(terms)}; give one for "
            f"each."
        )
    if not mappers and columns.shape[-2] == 0:
        raise ValueError("`light_columns` or `mappers` must be given, but neither is; there is nothing to solve for.")
    for mapper, part in zip(mappers, terms, strict=True):
        size = (part.matrix if isinstance(part, DenseTerms) else part.diagonal).shape[-1]
        if size != mapper.pixels:
            raise ValueError(
                f"`regularization_terms` must be of as many pixels as their mappers have, {mapper.pixels}, but one is of "
                f"{size}; give them in the order of the mappers."
            )
        if mapper.mask != image.mask or mapper.over_sample_size != mappers[0].over_sample_size:
            raise ValueError(
                f"`mappers` must be of the mask of the image and of one over-sampling, but one is of {mapper.mask!r}, "
                f"{mapper.over_sample_size!r}; make them with the grid of this image."
            )
    total = sum(mapper.pixels for mapper in mappers)
    if total > n:
        raise ValueError(
            f"`mappers` must not have more pixels than there are data, {n}, but have {total}; use a coarser mesh or a "
            f"larger mask."
        )


def checked_diagonal(value: Any) -> float:
    """Return what is added to the diagonal for light, a number that is not negative."""
    name = "no_regularization_add_to_curvature_diag_value"
    _check.NON_NEGATIVE.check(value, name)
    return _check.finite_number(value, name)


def joined_zeroed(zeroed_pixels: Sequence[Any] | None, mappers: tuple[Mapper, ...]) -> StaticArray | None:
    """Return which pixels of all meshes are held at zero, or None."""
    if zeroed_pixels is None or all(part is None for part in zeroed_pixels):
        return None
    if len(zeroed_pixels) != len(mappers):
        raise ValueError(
            f"`zeroed_pixels` must be as many as there are mappers, {len(mappers)}, but are {len(zeroed_pixels)}; give None "
            f"where there are none."
        )
    parts = []
    for part, mapper in zip(zeroed_pixels, mappers, strict=True):
        array = np.zeros(mapper.pixels, dtype=bool) if part is None else _check.static_array(part, "zeroed_pixels", dtype=bool)
        if array.shape != (mapper.pixels,):
            raise ValueError(
                f"`zeroed_pixels` must have shape {(mapper.pixels,)}, one for each pixel of the mesh, but has {array.shape}; "
                f"take `mesh.edge_pixels(mapper)`."
            )
        parts.append(array)
    return StaticArray(np.concatenate(parts))


def check_solved(solved: Any) -> None:
    """Raise if a solution can be looked at and is none."""
    if _check.fails(solved.converged):
        residual = float(np.max(np.asarray(solved.kkt_residual)))
        fault = (
            f"no minimum was found (its conditions are missed by {residual:.3g})" if np.isfinite(residual) else "is singular"
        )
        raise ValueError(
            f"The curvature matrix must be positive definite and finite for a solution, but {fault}; raise the regularisation "
            f"coefficient, or `no_regularization_add_to_curvature_diag_value`, drop profiles that look alike or that no pixel "
            f"sees, or look for NaN in the light."
        )
