"""Numbers without a mask, one per coordinate of an irregular grid."""

from typing import Any, Self

from jaxtyping import Shaped

from .._typing import Array
from .abstract import AbstractStructure, owned
from .arithmetic import with_values
from .nested_lists import nested_list_of


class AbstractIrregular(AbstractStructure):
    """One value, or one pair (y, x), per point of no particular grid."""

    def __check_init__(self) -> None:
        width = len(self._value_shape)
        if (
            len(self.values.shape) < 1 + width
            or tuple(self.values.shape[len(self.values.shape) - width :]) != self._value_shape
        ):
            expected = ", ".join(["...", "n", *map(str, self._value_shape)])
            raise ValueError(
                f"`values` must have shape ({expected}), but has {tuple(self.values.shape)}; put a single one in a list."
            )

    def __getitem__(self, key: Any) -> Any:
        """Return bare values, but for a slice of the points, which are a structure again."""
        if isinstance(key, slice) and len(self.values.shape) == 1 + len(self._value_shape):
            return with_values(self, self.values[key, ...])
        return AbstractStructure.__getitem__(self, key)

    @property
    def slim(self) -> Self:
        """The structure itself: it has one layout."""
        return self

    @property
    def native(self) -> Self:
        """The structure itself: it has one layout."""
        return self

    @property
    def shape_slim(self) -> int:
        """The number of points."""
        return self.values.shape[-1 - len(self._value_shape)]

    @property
    def in_list(self) -> list:
        """The values as a list, of a batch as lists of lists; (y, x) pairs as tuples.

        NumPy arrays give Python numbers, which can be written as JSON, others arrays of no axes; under `jit` these are traced.
        """
        return nested_list_of(self.values, pairs=bool(self._value_shape))


class ArrayIrregular(AbstractIrregular):
    """One number per point of an irregular grid.

    Parameters
    ----------
    values : array or list, shape (..., n)
        Leading axes are a batch. Any unit. A writeable NumPy array is copied.

    Examples
    --------
    >>> from lensarrays import ArrayIrregular
    >>> (ArrayIrregular([1.0, 2.0]) + 1).array
    array([2., 3.])
    """

    values: Shaped[Array, "... n"]

    def __init__(self, values: Any):
        self.values = owned(values)
