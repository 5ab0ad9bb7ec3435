"""The sums over visibilities that W-tilde is made of, on a lattice of offsets."""

from typing import Any, Protocol


class CompactMethod(Protocol):
    """How sums over visibilities are computed; see `Cheapest`, `MatrixProducts` and `HalfPlaneNUFFT`."""

    def sums(self, along_y: Any, along_x: Any, weights: Any, shifts: Any, shape: tuple[int, int]) -> Any:
        """Return sum_k weights_k cos(2 pi (shift_k + c along_x_k - r along_y_k)) for offsets of r rows and c columns.

        Parameters
        ----------
        along_y, along_x : arrays, shape (k,)
            The phase between neighbouring rows, and columns [cycles].
        weights : array, shape (k,)
            Real.
        shifts : array, shape (k,), or None
            Further phases [cycles]. Without them W(-r, -c) is W(r, c), and half of all offsets is enough.
        shape : (ny, nx)
            Of the box of pixels.

        Returns
        -------
        array, shape (ny, 2 nx - 1), of r = 0 ... ny - 1 and c = 1 - nx ... nx - 1; with shifts, shape (2 ny - 1, 2 nx - 1), of
        r = 1 - ny ... ny - 1
        """
        ...


def check_method(method: Any) -> None:
    """Raise unless a method has sums, which may be a user's own."""
    if isinstance(method, type) or not hasattr(method, "sums"):
        given = f"the string {method!r}" if isinstance(method, str) else repr(method)
        raise TypeError(
            f"`method` must be of type Cheapest or MatrixProducts or HalfPlaneNUFFT, but is {given}; pass `Cheapest()`, say."
        )
