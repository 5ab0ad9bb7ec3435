"""Many haloes of one family, as one mass profile."""

from collections.abc import Iterable
from typing import Any, ClassVar, final

import equinox as eqx

from .._backend import namespace
from .._check import Requirement, whole_number
from ._profile import frozen, leaves, or_nan
from .haloes._direct import direct_deflections, direct_sum
from .haloes._parameters import family_of, joined, number_of_haloes, with_parameters
from .haloes._rows import Haloes, haloes_of
from .mass.abstract import AbstractMassProfile


@final
class HaloPopulation(AbstractMassProfile):
    """Many haloes of one family, as one mass profile; how long it takes to compile does not depend on how many there are.

    Arrays have a fixed length under `jit`, so a population has slots, of which not all need hold a halo. What is in the others
    has no effect, and no gradient; nothing is computed for them where that can be avoided.

    Parameters
    ----------
    profile : mass profile
        Whose parameters are arrays of shape (..., n), with the haloes along the last axis and batches before it; one number
        stands for all haloes. Centres are a pair of such arrays, or an array of shape (..., n, 2).
    valid : array of bool, shape (..., n), optional
        Which slots hold a halo; by default all do.
    overflow : int or array of int, shape (...), optional
        How many haloes there would be beside these, had there been slots for them. If there are any, all results are NaN:
        enlarge the capacity, or set it to None if they do not matter.
    redshift_offset : array, shape (..., n), optional
        The redshift of each halo less that of the plane that it was moved to, for the record.

    Raises
    ------
    TypeError
        If `profile` is no mass profile or has no centre, or `valid` is not boolean.
    ValueError
        If the parameters have no axis of haloes, or their lengths differ.

    Notes
    -----
    Parameters in slots without a halo must be valid ones where they are not traced: `pad_to` sees to that.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> haloes = la.mp.NFWTruncatedSph(
    ...     centre=(np.asarray([0.1, 0.5]), np.asarray([1.0, -0.3])), kappa_s=np.asarray([0.01, 0.02]), scale_radius=0.1
    ... )
    >>> population = la.HaloPopulation(haloes, valid=np.asarray([True, False]))
    >>> population.deflections_yx_2d_from(la.Grid2DIrregular([(0.1, 1.2)])).values
    array([[0.        , 0.00118804]])
    """

    profile: AbstractMassProfile
    valid: Any = eqx.field(default=None, converter=frozen)
    overflow: Any = eqx.field(default=None, converter=frozen)
    redshift_offset: Any = eqx.field(default=None, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {}

    def __check_init__(self) -> None:
        if not isinstance(self.profile, AbstractMassProfile) or isinstance(self.profile, HaloPopulation):
            raise TypeError(
                f"`profile` must be a mass profile with arrays of parameters, but is a {type(self.profile).__name__}; pass "
                f"`mp.NFWTruncatedSph(centre=(y, x), ...)`, say, or use `HaloPopulation.from_profiles` for a list."
            )
        if not hasattr(self.profile, "centre"):
            raise TypeError(
                f"`profile` must be of a family with a centre, but is a {type(self.profile).__name__}; add it to the galaxy "
                f"beside the haloes."
            )
        if self.valid is not None:
            dtype = getattr(self.valid, "dtype", None)
            if dtype is None or not namespace(self.valid).isdtype(dtype, "bool"):
                raise TypeError(
                    f"`valid` must be an array of booleans, but is a {type(self.valid).__name__} of type {dtype}; use "
                    f"`np.asarray(valid, dtype=bool)`, say."
                )
        number_of_haloes(self.profile, self.valid)

    @property
    def capacity(self) -> int:
        """The number of slots."""
        return number_of_haloes(self.profile, self.valid)

    @property
    def total_haloes(self) -> Any:
        """The number of slots that hold a halo, shape (...)."""
        if self.valid is None:
            return self.capacity
        xp = namespace(self.valid)
        return xp.sum(xp.astype(self.valid, xp.int32), axis=-1, dtype=xp.int32)

    @classmethod
    def from_profiles(cls, profiles: Iterable[AbstractMassProfile]) -> list["HaloPopulation"]:
        """Return one population per family of a list of profiles, in the order in which the families appear.

        Parameters
        ----------
        profiles : iterable of mass profiles
            Each of one halo, without batch axes.

        Raises
        ------
        TypeError
            If something else is among them.
        ValueError
            If there are none, or one has parameters that are arrays of haloes already.
        """
        families: dict[tuple, list] = {}
        for profile in profiles:
            if not isinstance(profile, AbstractMassProfile) or isinstance(profile, HaloPopulation):
                raise TypeError(
                    f"`profiles` must be mass profiles of one halo each, but have a {type(profile).__name__}; give the "
                    f"haloes one by one, and add populations to a galaxy beside them."
                )
            families.setdefault(family_of(profile), []).append(profile)
        if not families:
            raise ValueError("`profiles` must be one or more, but are none; leave the population out of the galaxy.")
        return [cls(joined(family)) for family in families.values()]

    def pad_to(self, capacity: int) -> "HaloPopulation":
        """Return the population with more slots, whose parameters are the defaults of the family.

        Parameters
        ----------
        capacity : int
            The number of slots.

        Raises
        ------
        ValueError
            If there are more already.
        """
        n, capacity = self.capacity, whole_number(capacity, "capacity", at_least=1)
        if capacity < n:
            raise ValueError(f"`capacity` must not be below the {n} slots that there are, but is {capacity}; enlarge it.")
        xp = namespace(*leaves(self))

        def padded(value: Any, default: Any, axis: int) -> Any:
            value = xp.asarray(value)
            if value.ndim < -axis:
                return value
            shape = list(value.shape)
            shape[axis] = capacity - n
            filling = xp.broadcast_to(xp.asarray(default, dtype=value.dtype), tuple(shape))
            return xp.concat([value, filling], axis=axis)

        valid = xp.ones((n,), dtype=xp.bool) if self.valid is None else self.valid
        offset = None if self.redshift_offset is None else padded(self.redshift_offset, 0.0, -1)
        return HaloPopulation(with_parameters(padded, self.profile), padded(valid, False, -1), self.overflow, offset)

    def _haloes(self, like: Any, *, xp: Any) -> Haloes:
        """Return the haloes as rows of numbers of the data type of `like`, those of empty slots harmless."""
        return haloes_of(self._harmless(like, xp=xp), self._weights(like, xp=xp), self.valid, like, xp=xp)

    def _harmless(self, like: Any, *, xp: Any) -> AbstractMassProfile:
        """Return the profile with the defaults of the family in the empty slots, whatever is there."""
        if self.valid is None:
            return self.profile
        valid = xp.asarray(self.valid)

        def harmless(value: Any, default: Any, axis: int) -> Any:
            value, default = (xp.asarray(v, dtype=like.dtype) for v in (value, default))
            return xp.where(valid[..., None] if axis == -2 else valid, value, default)

        return with_parameters(harmless, self.profile)

    def _weights(self, like: Any, *, xp: Any) -> Any:
        """Return 1 for each slot with a halo and 0 for one without, or NaN if there are more haloes than slots."""
        weights = xp.ones((self.capacity,), dtype=like.dtype)
        if self.valid is not None:
            weights = xp.astype(xp.asarray(self.valid), like.dtype)
        if self.overflow is None:
            return weights
        return or_nan(xp.asarray(self.overflow)[..., None] == 0, weights, xp=xp)

    def _deflections(self, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any]:
        return direct_deflections(self._haloes(y, xp=xp), y, x, xp=xp)

    def _convergence(self, y: Any, x: Any, *, xp: Any) -> Any:
        return self._sum_of("_convergence", y, x, xp=xp)

    def _potential(self, y: Any, x: Any, *, xp: Any) -> Any:
        return self._sum_of("_potential", y, x, xp=xp)

    def _sum_of(self, quantity: str, y: Any, x: Any, *, xp: Any) -> Any:
        return direct_sum(quantity, self._harmless(y, xp=xp), self._weights(y, xp=xp), self.valid, y, x, xp=xp)
