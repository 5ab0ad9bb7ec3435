"""Many light profiles that act as one: `la.lp_basis.Basis`."""

from typing import Any, ClassVar, final

import equinox as eqx

from .._check import Requirement
from .light.abstract import AbstractLightProfile, AbstractLinearLightProfile


def as_tuple(profiles: Any) -> Any:
    """Return profiles as a tuple; one that stands alone becomes a tuple of one."""
    return tuple(profiles) if isinstance(profiles, (list, tuple)) else (profiles,)


@final
class Basis(AbstractLightProfile):
    """The sum of light profiles: of a multi-Gaussian expansion, say.

    Parameters
    ----------
    profile_list : light profile, or list or tuple of them
        Ordinary ones or linear ones. One whose parameters have shape (b,) is b members, here and only here also if it is an
        ordinary one.

    Raises
    ------
    TypeError
        If something else than a light profile is given, or another basis.
    ValueError
        If the list is empty.

    Notes
    -----
    Its image is the sum of the ordinary profiles: linear ones have no intensity before a fit, and count as nothing, as in
    autogalaxy.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> grid = la.Grid2DIrregular([(0.0, 0.0)])
    >>> sigma = np.asarray([0.1, 1.0])
    >>> la.lp_basis.Basis(la.lp.Gaussian(intensity=np.asarray([1.0, 2.0]), sigma=sigma)).image_2d_from(grid).values
    array([3.])
    >>> la.lp_basis.Basis(la.lp_linear.Gaussian(sigma=sigma)).image_2d_from(grid).values
    array([0.])
    """

    profile_list: Any = eqx.field(converter=as_tuple)

    requirements: ClassVar[dict[str, Requirement]] = {}

    def __check_init__(self) -> None:
        if not self.profile_list:
            raise ValueError(
                "`profile_list` must be one light profile or more, but is empty; pass [lp_linear.Gaussian(), ...]."
            )
        for profile in self.profile_list:
            if not isinstance(profile, AbstractLightProfile) or isinstance(profile, Basis):
                raise TypeError(
                    f"`profile_list` must be light profiles, from `lensarrays.lp` or `lensarrays.lp_linear`, but has a "
                    f"{type(profile).__name__}; pass one of them, or a list of them."
                )

    def _image(self, y: Any, x: Any, *, xp: Any) -> Any:
        total = xp.zeros_like(y)
        for profile in filter(has_intensity, self.profile_list):
            total = total + xp.sum(profile._image(y[..., None, :], x[..., None, :], xp=xp), axis=-2)
        return total


def has_intensity(profile: AbstractLightProfile) -> bool:
    """Return whether there is light before a fit: of an ordinary profile, or of a basis with one."""
    if isinstance(profile, Basis):
        return any(map(has_intensity, profile.profile_list))
    return not isinstance(profile, AbstractLinearLightProfile)


def linear_of(light: tuple[AbstractLightProfile, ...]) -> tuple[AbstractLinearLightProfile, ...]:
    """Return the linear profiles among some light profiles, in their order; those of a basis where the basis is."""
    parts = (part for profile in light for part in (profile.profile_list if isinstance(profile, Basis) else (profile,)))
    return tuple(part for part in parts if isinstance(part, AbstractLinearLightProfile))
