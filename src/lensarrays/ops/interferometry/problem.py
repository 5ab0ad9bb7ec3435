"""What the inversion of visibilities is given: two images, whatever the number of visibilities."""

from typing import Any, NamedTuple


class VisibilityProblem(NamedTuple):
    """Visibilities of a sky that is a sum of g columns of light and of a source on a mesh of s pixels.

    For methods on the host it is what `Problem` is for images: see there.

    Attributes
    ----------
    image : array, shape (n,)
        The weighted dirty image of what is to be fitted.
    compact : array, shape (ny, 2 nx - 1)
    hankel : array, shape (2 ny - 1, 2 nx - 1), or None
        W between pixels: see `WTilde`.
    columns : array, shape (g, n)
        The light of unit intensity of each linear profile at the used pixels. g may be 0.
    indexes, weights : arrays, shape (m, k)
        The mapping table; k may be 0.
    terms : SparseTerms, DenseTerms or None
        The regularisation of the s pixels.
    """

    image: Any
    compact: Any
    hankel: Any
    columns: Any
    indexes: Any
    weights: Any
    terms: Any

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes of each part without those of a batch; of the terms see `over_batch`."""
        return 1, 2, 2, 2, 2, 2, 0
