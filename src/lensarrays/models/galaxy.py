"""A galaxy: light and mass at one redshift."""

from typing import Any, final

import equinox as eqx

from .._check import NON_NEGATIVE
from ..ops.argument_types import check_types
from ._evaluate import in_blocks, mass_sum_from, scalar_from, vector_from
from ._profile import check_number, frozen
from .light.abstract import AbstractLightProfile, AbstractLinearLightProfile
from .lp_basis import as_tuple, has_intensity, linear_of
from .mass.abstract import AbstractMassProfile


@final
class Galaxy(eqx.Module):
    """A galaxy, or whatever else emits light or deflects it, at one redshift.

    Parameters
    ----------
    redshift : float or array [dimensionless]
    light : light profile, or list or tuple of them
        Of `la.lp`, or of `la.lp_linear`, whose intensity a `FitImaging` solves for, or a `la.lp_basis.Basis` of either.
    mass : mass profile, or list or tuple of them
        Their deflections are those for a source on the last plane of the tracer that the galaxy is in.
    pixelization : Pixelization, optional
        What a `FitImaging` reconstructs the galaxy's light on, in addition to `light`.

    Raises
    ------
    ValueError
        If `redshift` is not traced and negative.
    TypeError
        If something else than a profile is given, or light for mass, or `pixelization` is no Pixelization.

    Notes
    -----
    Each profile of a list is compiled for itself, so that compile time grows with their number (measured: 0.2, 1.3 and
    3.8 s for 1, 20 and 60 haloes). For more than a few use a `HaloPopulation`.

    Examples
    --------
    >>> import lensarrays as la
    >>> lens = la.Galaxy(redshift=0.5, mass=[la.mp.Isothermal(einstein_radius=1.0), la.mp.ExternalShear(gamma_1=0.1)])
    >>> lens.deflections_yx_2d_from(la.Grid2DIrregular([(0.0, 2.0)])).values
    array([[0. , 1.2]])
    """

    redshift: Any = eqx.field(converter=frozen)
    light: Any = eqx.field(default=(), converter=as_tuple)
    mass: Any = eqx.field(default=(), converter=as_tuple)
    pixelization: Any = None

    def __check_init__(self) -> None:
        check_number(NON_NEGATIVE, self.redshift, "redshift")
        for name, kind, module in (("light", AbstractLightProfile, "lp"), ("mass", AbstractMassProfile, "mp")):
            for profile in getattr(self, name):
                if not isinstance(profile, kind):
                    raise TypeError(
                        f"`{name}` must be {name} profiles, from `lensarrays.{module}`, but has a {type(profile).__name__}; "
                        f"pass one of them, or a list of them."
                    )
        if self.pixelization is not None:
            from .pixelization import Pixelization

            check_types(pixelization=(self.pixelization, Pixelization))

    @property
    def _ordinary_light(self) -> tuple[AbstractLightProfile, ...]:
        """The light that is known before a fit."""
        return tuple(filter(has_intensity, self.light))

    @property
    def _linear_light(self) -> tuple[AbstractLinearLightProfile, ...]:
        """The light whose intensities a fit solves for, in order; that of a basis profile by profile."""
        return linear_of(self.light)

    def _image(self, y: Any, x: Any, *, xp: Any) -> Any:
        """Return the surface brightness (..., n) at coordinates (..., n) that are not lensed any more."""
        light = self._ordinary_light
        if not light:
            return xp.zeros_like(y)
        return in_blocks(lambda y, x: (sum(profile._image(y, x, xp=xp) for profile in light),), y, x)[0]

    def _deflections(self, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any]:
        """Return the deflections (y, x), each (..., n) [arcsec], at coordinates (..., n)."""
        total_y, total_x = xp.zeros_like(y), xp.zeros_like(x)
        for profile in self.mass:
            alpha_y, alpha_x = profile._deflections(y, x, xp=xp)
            total_y, total_x = total_y + alpha_y, total_x + alpha_x
        return total_y, total_x

    def image_2d_from(self, grid: Any) -> Any:
        """Return the sum of the galaxy's light, not lensed, as far as it is known before a fit.

        Linear light profiles have no intensity, and a pixelization no values, before `FitImaging` solves for them: here
        they count as nothing, as in autogalaxy.

        Parameters
        ----------
        grid : Grid2D or Grid2DIrregular of shape (..., n, 2) [arcsec]

        Returns
        -------
        Array2D or ArrayIrregular of shape (..., n) [unit of the profiles]
            Zero if there is none. On a Grid2D it is the mean over the sub-pixels of each pixel.
        """
        return scalar_from(self._image, grid, self, over_sampled=bool(self._ordinary_light))

    def deflections_yx_2d_from(self, grid: Any) -> Any:
        """Return the sum of the deflections of the galaxy's mass, at the points of the grid.

        Parameters
        ----------
        grid : Grid2D or Grid2DIrregular of shape (..., n, 2) [arcsec]

        Returns
        -------
        VectorYX2D or VectorYX2DIrregular of shape (..., n, 2) [arcsec]
            Zero if there is none.
        """
        return vector_from(self._deflections, grid, self)

    def convergence_2d_from(self, grid: Any) -> Any:
        """Return the sum of the convergences of the galaxy's mass [dimensionless]; for shapes see `image_2d_from`."""
        return mass_sum_from("convergence", self.mass, grid)

    def potential_2d_from(self, grid: Any) -> Any:
        """Return the sum of the lensing potentials of the galaxy's mass [arcsec^2]; for shapes see `image_2d_from`."""
        return mass_sum_from("potential", self.mass, grid)
