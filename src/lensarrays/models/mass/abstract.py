"""What all mass profiles have in common."""

import abc
from collections.abc import Callable
from typing import Any, ClassVar

import equinox as eqx

from .._evaluate import scalar_from, vector_from
from .._profile import AbstractProfile, meeting_points, parameter_pair


class AbstractMassProfile(AbstractProfile):
    """A thin lens. Deflections are reduced ones: scaled to the last plane of the tracer that the profile is in."""

    # autogalaxy averages these over sub-pixels for some profiles and evaluates them at pixel centres for others.
    over_sampled_convergence: ClassVar[bool] = True
    over_sampled_potential: ClassVar[bool] = True

    @abc.abstractmethod
    def _deflections(self, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any]:
        """Return the deflections (y, x), each (..., n) [arcsec], at coordinates (..., n)."""

    @abc.abstractmethod
    def _convergence(self, y: Any, x: Any, *, xp: Any) -> Any:
        """Return the convergence (..., n) at coordinates (..., n)."""

    @abc.abstractmethod
    def _potential(self, y: Any, x: Any, *, xp: Any) -> Any:
        """Return the potential (..., n) [arcsec^2] at coordinates (..., n)."""

    def deflections_yx_2d_from(self, grid: Any) -> Any:
        """Return the deflection angles, at pixel centres: they are never over-sampled.

        Parameters
        ----------
        grid : Grid2D or Grid2DIrregular of shape (..., n, 2) [arcsec]

        Returns
        -------
        VectorYX2D or VectorYX2DIrregular of shape (..., n, 2) [arcsec]

        Raises
        ------
        TypeError
            If `grid` is neither.
        """
        return vector_from(self._deflections, grid, self)

    def convergence_2d_from(self, grid: Any) -> Any:
        """Return the convergence: surface density over critical surface density.

        Parameters
        ----------
        grid : Grid2D or Grid2DIrregular of shape (..., n, 2) [arcsec]

        Returns
        -------
        Array2D or ArrayIrregular of shape (..., n) [dimensionless]
            On a Grid2D it is the mean over the sub-pixels of each pixel, for those profiles for which autogalaxy takes it.

        Raises
        ------
        TypeError
            If `grid` is neither.
        """
        return scalar_from(self._convergence, grid, self, over_sampled=self.over_sampled_convergence)

    def potential_2d_from(self, grid: Any) -> Any:
        """Return the lensing potential, whose gradient is the deflection.

        Parameters
        ----------
        grid : Grid2D or Grid2DIrregular of shape (..., n, 2) [arcsec]

        Returns
        -------
        Array2D or ArrayIrregular of shape (..., n) [arcsec^2]
            On a Grid2D it is the mean over the sub-pixels of each pixel, for those profiles for which autogalaxy takes it.

        Raises
        ------
        TypeError
            If `grid` is neither.
        """
        return scalar_from(self._potential, grid, self, over_sampled=self.over_sampled_potential)


class AbstractSphericalMassProfile(AbstractMassProfile):
    """A round thin lens: its deflection is the mean convergence within a radius times the offset from the centre.

    Of many such lenses the constants are computed once, and only the mean convergence at every point: see `HaloPopulation`.
    """

    centre: eqx.AbstractVar[Any]

    @abc.abstractmethod
    def _constants(self, like: Any, *, xp: Any) -> tuple[Any, ...]:
        """Return what the mean convergence depends on beside the radius: arrays of the parameters' shape, of type `like`."""

    @staticmethod
    @abc.abstractmethod
    def _mean_convergence(precision: float, *, xp: Any) -> Callable[..., Any]:
        """Return the function (squared radius [arcsec^2], *constants) -> mean convergence within the radius.

        It is good to a relative `precision`, and made of arithmetic and functions `xp.log` and the like alone, without
        data types: `xp` is an array library, or the module of functions with which Numba compiles it for scalars.
        """

    def _deflections(self, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any]:
        c_y, c_x = parameter_pair(self.centre, y, xp=xp)
        y, x = y - c_y, x - c_x
        constants = map(meeting_points, self._constants(y, xp=xp))
        mean = self._mean_convergence(float(xp.finfo(y.dtype).eps), xp=xp)(y**2 + x**2, *constants)
        return mean * y, mean * x
