"""The inversion on the host, by Numba and LAPACK: for NumPy arrays, and for those of JAX through one call."""

from dataclasses import dataclass
from typing import Any, ClassVar, final

import jax
import numpy as np

from ..._backend import is_jax, namespace
from ._blas import single_threaded_blas
from .problem import Problem, Setting, Solved, over_batch


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class PrecomputedTiles:
    """Multiply the mapping table from both sides with P' N^-2 P, of which tiles are kept for each dataset; the default.

    For a dataset (PSF P, noise N, mask) that is done once, and takes 8 kB of memory a pixel for a PSF of 21x21 pixels. It is
    the fastest method for a source on a CPU. JAX calls the host for the whole inversion, once a system under `vmap`; the
    derivative, in reverse mode, is that of the solution: no step is differentiated. It is taken by the image, the light and
    the mapping table, so by all parameters of a model, but not by the noise map or the PSF, for which there is `Dense`.

    Positive-only solutions remember which pixels were at zero for the last problem of the same kind: that affects the order
    of elimination, so rounding, and not more.

    Examples
    --------
    >>> import lensarrays as la
    >>> la.inversion.PrecomputedTiles()
    PrecomputedTiles()
    """

    instead: ClassVar[str] = "Dense()"
    constants: ClassVar[str] = "the noise map or the PSF"

    def solve(self, problem: Problem, setting: Setting) -> Solved:
        """Return the solution of a problem; see there."""
        return solve(self, problem, setting)

    def operator_of(self, problem: Problem, setting: Setting) -> Any:
        """Return the operator of data in NumPy arrays, or None if these cannot be fitted."""
        return _operator(problem, setting, precomputed=setting.pixels > 0)


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class Tiles:
    """Convolve and multiply the mapping table tile by tile of the image, with nothing precomputed or kept.

    Otherwise as `PrecomputedTiles`: for noise maps or PSFs of which each is used once, and where memory is short.

    Examples
    --------
    >>> import lensarrays as la
    >>> la.inversion.Tiles()
    Tiles()
    """

    instead: ClassVar[str] = "Dense()"
    constants: ClassVar[str] = "the noise map or the PSF"

    def solve(self, problem: Problem, setting: Setting) -> Solved:
        """Return the solution of a problem; see there."""
        return solve(self, problem, setting)

    def operator_of(self, problem: Problem, setting: Setting) -> Any:
        """Return the operator of data in NumPy arrays, or None if these cannot be fitted."""
        return _operator(problem, setting, precomputed=False)


def solve(method: Any, problem: Any, setting: Setting) -> Solved:
    """Return the solution of a problem by a method that runs on the host.

    Such a method has an `operator_of` data: their products with what a model is made of, as those of `Operator`. As to what it
    takes for constants, and to other array libraries, it says what to use `instead`.
    """
    leaves = jax.tree_util.tree_leaves(problem)
    if any(is_jax(leaf) for leaf in leaves):
        from ._binding import solve_on_host

        return over_batch(lambda one: solve_on_host(one, setting, method), problem)
    if not all(isinstance(leaf, (np.ndarray, np.generic, float)) for leaf in leaves):
        raise TypeError(
            f"`method` must be {method.instead} for arrays of {namespace(*leaves).__name__}, but is {method!r}, which is for "
            f"those of NumPy and JAX; pass `method=la.inversion.{method.instead}`."
        )
    from ._host import evaluate, in_float64

    with single_threaded_blas():
        return over_batch(lambda one: evaluate(in_float64(one), setting, method).solved, problem)


def _operator(problem: Problem, setting: Setting, *, precomputed: bool) -> Any:
    """Return the operator of an image, if it can be fitted: what is traced has not been looked at before."""
    from .operator import operator_from

    image, noise_map, kernel = problem.image, np.asarray(problem.noise_map, dtype=np.float64), problem.kernel
    if not (np.isfinite(image).all() and np.isfinite(noise_map).all() and (noise_map > 0).all()):
        return None
    if kernel is None:
        return operator_from(setting.mask, np.ones((1, 1)), noise_map, precomputed=precomputed)
    values = np.asarray(kernel.native, dtype=np.float64)
    sound = np.isfinite(values).all() and np.sum(values) > 0
    return operator_from(setting.mask, values, noise_map, precomputed=precomputed) if sound else None
