"""The methods for a source that an interferometer sees: how its curvature matrix is computed, and where."""

from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias, final

import jax

from ... import _check
from ...structures import Mask2D, StaticArray
from ..inversion import host
from ..inversion._batches import over_leading_axes
from ..inversion.primal_dual import PrimalDual
from ..inversion.problem import Setting, Solved, over_batch
from ._memory import check_memory
from .problem import VisibilityProblem
from .w_tilde import WTilde

MAX_BYTES = 2**31
CHUNK_BYTES = 2**24


@dataclass(frozen=True)
class _HostWTilde:
    """A method that runs on the host."""

    max_bytes: int = MAX_BYTES
    instead: ClassVar[str] = "FourierWTilde()"
    constants: ClassVar[str] = "W-tilde"
    dense: ClassVar[bool]  # whether W is laid out as a matrix

    def __post_init__(self) -> None:
        _check.whole_number(self.max_bytes, "max_bytes", at_least=1)

    def bytes_kept(self, mask: Mask2D, tables: int) -> int:
        """Return the bytes that are kept of a dataset, of one table of W-tilde, or of two where there is `hankel`."""
        from ._windows import bytes_of

        return bytes_of(mask, tables) if self.dense else 0

    def curvature_of(
        self, w_tilde: WTilde, indexes: Any, weights: Any, pixels: int, over_sample_size: int | StaticArray
    ) -> Any:
        """Return F (..., s, s) of a mapping table (..., m, k)."""
        from ._host_curvature import Kind, Parts, curvature_by_host

        parts, mask = Parts(w_tilde.compact, w_tilde.hankel, indexes, weights), w_tilde.real_space_mask
        check_memory(self, mask, pixels, w_tilde.hankel, w_tilde.compact, indexes, weights)
        return curvature_by_host(parts, Kind(mask, over_sample_size, pixels, self.dense), self)

    def solve(self, problem: VisibilityProblem, setting: Setting) -> Solved:
        """Return the solution of a problem; see there."""
        check_memory(self, setting.mask, setting.pixels, problem.hankel, problem.compact, problem.indexes, problem.weights)
        return host.solve(self, problem, setting)

    def operator_of(self, problem: VisibilityProblem, setting: Setting) -> Any:
        """Return the operator of data in NumPy arrays, or None if these cannot be fitted."""
        from ._observation import observation_of

        return observation_of(problem, setting.mask, dense=self.dense and setting.pixels > 0)


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class StridedWTilde(_HostWTilde):
    """Add shifted stretches of the table of W-tilde, one for each entry of the mapping table; the default.

    It needs no more memory than that table and the result, and is the fastest method on a CPU for a source whose pixels each
    see little of the image. It runs on the host, for NumPy arrays and for those of JAX, which calls it once for each of a
    batch. JAX has the derivative by the weights of the mapping table, so by all parameters of a model, in reverse mode, and
    only the first. Forward mode (`jax.jvp`, `jax.jacfwd`) and second derivatives raise; `FourierWTilde` has them.

    Attributes
    ----------
    max_bytes : int
        The memory that curvature matrices may take [bytes].

    Examples
    --------
    >>> from lensarrays.ops.interferometry.methods import StridedWTilde
    >>> StridedWTilde()
    StridedWTilde(max_bytes=2147483648)
    """

    dense: ClassVar[bool] = False


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class DenseWTilde(_HostWTilde):
    """Look up W-tilde in a matrix that is laid out for that, once for each dataset; for few image pixels.

    It takes half the time of `StridedWTilde` for some 500 to 1000 image pixels, and is slower from some 4000 on. Of each of the
    last four datasets it keeps 8 n^2 bytes for n image pixels, or 16 N^3 for N x N, if that is less (twice that for unequal
    noise): half a megabyte for the 716 pixels of SMA data. It runs on the host, also for JAX arrays on an accelerator;
    otherwise it is as `StridedWTilde`.

    Attributes
    ----------
    max_bytes : int
        The memory that this matrix and curvature matrices may take [bytes].

    Examples
    --------
    >>> from lensarrays.ops.interferometry.methods import DenseWTilde
    >>> DenseWTilde()
    DenseWTilde(max_bytes=2147483648)
    """

    dense: ClassVar[bool] = True


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class FourierWTilde:
    """Multiply columns of the mapping matrix with W-tilde by Fourier transforms, some at a time; for accelerators.

    It runs where the arrays are, on any array library. JAX differentiates the curvature matrix in either direction, as often as
    one likes, by the weights of the mapping table and by W-tilde itself. On a CPU a source takes ten times as long as by
    `StridedWTilde`, and more.

    Attributes
    ----------
    chunk_bytes : int
        Working memory [bytes]: that of the columns that are worked on at a time, one at least. Accelerators want more.
    max_bytes : int
        The memory that curvature matrices may take [bytes].
    solver : PrimalDual or ActiveSet
        For positive-only solutions; others are by `Cholesky`. `ActiveSet` runs on the host.

    Examples
    --------
    >>> from lensarrays.ops.interferometry.methods import FourierWTilde
    >>> FourierWTilde(chunk_bytes=2**30).chunk_bytes
    1073741824
    """

    chunk_bytes: int = CHUNK_BYTES
    max_bytes: int = MAX_BYTES
    solver: Any = PrimalDual()  # noqa: RUF009 (it is frozen)
    instead: ClassVar[str] = "StridedWTilde()"

    def __post_init__(self) -> None:
        _check.whole_number(self.chunk_bytes, "chunk_bytes", at_least=1)
        _check.whole_number(self.max_bytes, "max_bytes", at_least=1)

    def bytes_kept(self, mask: Mask2D, tables: int) -> int:
        """Return the bytes that are kept of a dataset, beyond the table of W-tilde: none."""
        return 0

    def curvature_of(
        self, w_tilde: WTilde, indexes: Any, weights: Any, pixels: int, over_sample_size: int | StaticArray
    ) -> Any:
        """Return F (..., s, s) of a mapping table (..., m, k)."""
        from ._fourier_curvature import curvature_from

        check_memory(self, w_tilde.real_space_mask, pixels, w_tilde.hankel, w_tilde.compact, indexes, weights)

        def of_one(parts: tuple) -> Any:
            w_tilde, indexes, weights = parts
            return curvature_from(w_tilde, indexes, weights, pixels, over_sample_size, self.chunk_bytes)

        parts = w_tilde.with_spectrum(), indexes, weights
        return over_leading_axes(of_one, parts, [2] * len(jax.tree_util.tree_leaves(parts)))

    def solve(self, problem: VisibilityProblem, setting: Setting) -> Solved:
        """Return the solution of a problem; see there."""
        from ._fourier_inversion import solved_by_fourier

        return over_batch(lambda one: solved_by_fourier(one, setting, self), problem)


CurvatureMethod: TypeAlias = StridedWTilde | DenseWTilde | FourierWTilde
