"""What haloes have in common that are given by their mass, with the concentration that haloes of that mass have on average."""

import abc
from typing import Any

import equinox as eqx

from ..._backend import namespace
from .._numbers import floating
from .._profile import leaves
from ..halo_mass import check_order
from .abstract import AbstractSphericalMassProfile


class AbstractMCRProfile(AbstractSphericalMassProfile):
    """A halo that is another profile, with parameters that follow from a mass, redshifts and a cosmology."""

    redshift_object: eqx.AbstractVar[Any]
    redshift_source: eqx.AbstractVar[Any]

    def __check_init__(self) -> None:
        check_order(self.redshift_object, self.redshift_source)

    @abc.abstractmethod
    def _halo(self, like: Any, *, xp: Any) -> Any:
        """Return the other profile, with parameters in the data type of `like`."""

    def _own_halo(self) -> Any:
        """Return the other profile, with parameters in the precision of those of this one."""
        numbers = [getattr(self, name) for name in self.requirements]
        xp = namespace(*leaves(self))
        return self._halo(floating(*numbers, xp=xp)[0], xp=xp)

    @property
    def kappa_s(self) -> Any:
        """The convergence scale, shape (...)."""
        return self._own_halo().kappa_s

    @property
    def scale_radius(self) -> Any:
        """The scale radius, shape (...) [arcsec]."""
        return self._own_halo().scale_radius

    def _constants(self, like: Any, *, xp: Any) -> tuple[Any, ...]:
        return self._halo(like, xp=xp)._constants(like, xp=xp)

    def _convergence(self, y: Any, x: Any, *, xp: Any) -> Any:
        return self._halo(y, xp=xp)._convergence(y, x, xp=xp)

    def _potential(self, y: Any, x: Any, *, xp: Any) -> Any:
        return self._halo(y, xp=xp)._potential(y, x, xp=xp)
