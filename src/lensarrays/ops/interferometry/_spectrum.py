"""Products with W-tilde by Fourier transforms of the box of used pixels."""

import math
from typing import Any

import numpy as np

from ..._backend import namespace, placed, with_derivative
from ._compact_lattice import Lattice
from ._spectrum_host import is_for_host, quadratic_on_host


def fourier_of(*arrays: Any) -> Any:
    """Return the module of Fourier transforms for these arrays: for those of NumPy SciPy's, which keep their precision."""
    if all(isinstance(array, np.ndarray) for array in arrays):
        import scipy.fft

        return scipy.fft
    return namespace(*arrays).fft


def full_from(compact: Any) -> Any:
    """Return the kernel at all offsets of rows too, (..., 2 ny - 1, 2 nx - 1): W(-dr, -dc) = W(dr, dc)."""
    xp = namespace(compact)
    return xp.concat([xp.flip(compact[..., 1:, :], axis=(-2, -1)), compact], axis=-2)


def wrapped(full: Any, lengths: tuple[int, int]) -> Any:
    """Return the kernel with offset zero first, negative ones last, and zeros between, (..., ly, lx)."""
    xp = namespace(full)
    for axis, length in zip((-2, -1), lengths, strict=True):
        half = full.shape[axis] // 2
        after: Any = [slice(None)] * len(full.shape)
        before = list(after)
        after[axis], before[axis] = slice(half, None), slice(0, half)
        gap = list(full.shape)
        gap[axis] = length - full.shape[axis]
        full = xp.concat([full[tuple(after)], xp.zeros(tuple(gap), dtype=full.dtype), full[tuple(before)]], axis=axis)
    return full


def transform(sheet: Any, lengths: tuple[int, int]) -> Any:
    """Return the half spectrum (..., ly, lx // 2 + 1) of a sheet that is padded with zeros."""
    fft = fourier_of(sheet)
    return fft.fft(fft.rfft(sheet, n=lengths[1], axis=-1), n=lengths[0], axis=-2)


def spectrum_from(compact: Any, lattice: Lattice) -> Any:
    """Return the spectrum of the kernel of differences, which is real as the kernel is even."""
    xp = namespace(compact)
    spectrum = transform(wrapped(full_from(compact), lattice.lengths), lattice.lengths)
    return xp.asarray(xp.real(spectrum), copy=True)  # of NumPy a view of every second number: twice the memory to keep and read


def hankel_spectrum_from(hankel: Any, lattice: Lattice) -> Any:
    """Return the spectrum of the kernel of sums."""
    return transform(hankel, lattice.lengths)


def boxed(values: Any, lattice: Lattice) -> Any:
    """Return values (..., n) as the box that they are in, (..., ny, nx), with zeros where no pixel is used."""
    xp = namespace(values)
    flat = values if lattice.is_full else placed(values, lattice.places, lattice.slots, axis=-1)
    return xp.reshape(flat, (*values.shape[:-1], *lattice.shape))


def times(values: Any, spectrum: Any, hankel_spectrum: Any, lattice: Lattice) -> Any:
    """Return W times values (..., n)."""
    xp = namespace(values, spectrum)
    fft, (ny, nx) = fourier_of(values, spectrum), lattice.shape
    image = transform(boxed(values, lattice), lattice.lengths)
    product = image * spectrum
    if hankel_spectrum is not None:
        product = product + xp.conj(image) * hankel_spectrum
    rows = fft.ifft(product, axis=-2)[..., :ny, :]
    sheet = fft.irfft(rows, n=lattice.lengths[1], axis=-1)[..., :nx]
    flat = xp.reshape(sheet, (*sheet.shape[:-2], ny * nx))
    return flat if lattice.is_full else xp.take(flat, xp.asarray(lattice.places), axis=-1)


def quadratic(values: Any, spectrum: Any, hankel_spectrum: Any, lattice: Lattice) -> Any:
    """Return values' W values, (...).

    By Parseval's theorem no inverse transform is needed. The derivative needs one, and what it computes, W values, gives the
    value as well; JAX, left to itself, would take the derivative of each step.
    """
    if hankel_spectrum is None and is_for_host(values, spectrum):
        return quadratic_on_host(values, spectrum, lattice)

    def function(values: Any, spectrum: Any, hankel_spectrum: Any) -> Any:
        return _quadratic(values, spectrum, hankel_spectrum, lattice)

    def derivative(arguments: Any, tangents: Any) -> tuple[Any, Any]:
        (values, first, second), (along_values, along_first, along_second) = arguments, tangents
        xp = namespace(*arguments)
        products, tangent = times(values, first, second, lattice), xp.zeros_like(values[..., 0])
        if along_values is not None:
            tangent = tangent + 2 * xp.sum(products * along_values, axis=-1)
        if along_first is not None:
            tangent = tangent + _quadratic(values, along_first, None, lattice)
        if along_second is not None:
            tangent = tangent + _quadratic(values, xp.zeros_like(first), along_second, lattice)
        value = xp.sum(values * products, axis=-1)
        return value, tangent + xp.zeros_like(value)

    return with_derivative(function, derivative)(values, spectrum, hankel_spectrum)


def _quadratic(values: Any, spectrum: Any, hankel_spectrum: Any, lattice: Lattice) -> Any:
    xp = namespace(values, spectrum)
    image = transform(boxed(values, lattice), lattice.lengths)
    real, imaginary = xp.real(image), xp.imag(image)
    density = (real**2 + imaginary**2) * spectrum
    if hankel_spectrum is not None:
        density = density + (real**2 - imaginary**2) * xp.real(hankel_spectrum)
        density = density + 2 * real * imaginary * xp.imag(hankel_spectrum)
    total = 2 * xp.sum(density, axis=(-2, -1)) - xp.sum(density[..., 0], axis=-1)
    if lattice.lengths[1] % 2 == 0:  # then the last column is its own mirror image, as the first one is
        total = total - xp.sum(density[..., -1], axis=-1)
    return total / math.prod(lattice.lengths)
