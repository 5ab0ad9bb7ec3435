"""The inversion on the host, by Numba and LAPACK: for NumPy arrays, and for those of JAX through one call."""

from dataclasses import dataclass
from typing import Any, final

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

    def solve(self, problem: Problem, setting: Setting) -> Solved:
        """Return the solution of a problem; see there."""
        return _solve(self, problem, setting, precomputed=True)


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

    def solve(self, problem: Problem, setting: Setting) -> Solved:
        """Return the solution of a problem; see there."""
        return _solve(self, problem, setting, precomputed=False)


def _solve(method: Any, problem: Problem, setting: Setting, *, precomputed: bool) -> Solved:
    leaves = jax.tree_util.tree_leaves(problem)
    if any(is_jax(leaf) for leaf in leaves):
        from ._binding import solve_on_host

        return over_batch(lambda one: solve_on_host(one, setting, precomputed=precomputed), problem)
    if not all(isinstance(leaf, (np.ndarray, np.generic, float)) for leaf in leaves):
        raise TypeError(
            f"`method` must be Dense() for arrays of {namespace(*leaves).__name__}, but is {method!r}, which is for those of "
            f"NumPy and JAX; pass `method=la.inversion.Dense()`."
        )
    from ._host import evaluate, in_float64

    with single_threaded_blas():
        return over_batch(lambda one: evaluate(in_float64(one), setting, precomputed=precomputed).solved, problem)
