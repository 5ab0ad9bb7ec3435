"""The cored NFW halo of a mass, with the concentration that haloes of that mass have on average."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import POSITIVE, Requirement
from .._fluctuations import MASS
from .._profile import frozen, number_of
from ..halo_mass import CORE, cnfw_scales_from
from ..mass_concentration import concentration_ludlow16_from
from .abstract_mcr import AbstractMCRProfile
from .cnfw_sph import cNFWSph


@final
class cNFWMCRLudlowSph(AbstractMCRProfile):  # noqa: N801  autogalaxy's name
    r"""The spherical cored NFW halo of some mass, as concentrated as Ludlow et al. find.

    It is the `cNFWSph` of the same `kappa_s`, `scale_radius` and `core_radius`, which it has as properties.

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    mass_at_200 : float [solar masses]
        The mass within :math:`r_{200}`, inside of which the mean density is 200 times the critical one at `redshift_object`;
        between 1e3 and 1e16.
    f_c : float
        The core radius over the scale radius, above 0 and at most 1.
    redshift_object, redshift_source : float
        Of the halo, and of what it deflects: of the last plane of the tracer.
    cosmology : FlatLambdaCDM, optional
        Planck15() unless given; one for all haloes of a population.

    Raises
    ------
    ValueError
        If a value that is not traced is out of range, or the source is not behind the halo. For traced values the results are
        NaN instead.

    Notes
    -----
    The mass within r_200 is `mass_at_200`. In autogalaxy it is less than that of the halo that is made of it: see
    `cnfw_scales_from`. With its `kappa_s`, 20 % higher at f_c = 0.03, the results would be the same.

    References
    ----------
    A. D. Ludlow et al., MNRAS 460, 1214 (2016); J. Peñarrubia et al., ApJ 759, L42 (2012).

    Examples
    --------
    >>> import lensarrays as la
    >>> halo = la.mp.cNFWMCRLudlowSph(mass_at_200=1e9, f_c=0.1, redshift_object=0.5, redshift_source=2.0)
    >>> [round(float(v), 4) for v in (halo.kappa_s, halo.scale_radius, halo.core_radius)]
    [0.0118, 0.2319, 0.0232]
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    mass_at_200: Any = eqx.field(default=1e9, converter=frozen)
    f_c: Any = eqx.field(default=0.01, converter=frozen)
    redshift_object: Any = eqx.field(default=0.5, converter=frozen)
    redshift_source: Any = eqx.field(default=1.0, converter=frozen)
    cosmology: Any = None

    requirements: ClassVar[dict[str, Requirement]] = {
        "mass_at_200": MASS,
        "f_c": CORE,
        "redshift_object": POSITIVE,
        "redshift_source": POSITIVE,
    }

    _mean_convergence = staticmethod(cNFWSph._mean_convergence)

    @property
    def core_radius(self) -> Any:
        """The core radius, shape (...) [arcsec]."""
        return self._own_halo().core_radius

    def _halo(self, like: Any, *, xp: Any) -> cNFWSph:
        mass, f_c, z_object, z_source = (number_of(self, name, like, xp=xp) for name in self.requirements)
        concentration = concentration_ludlow16_from(mass, z_object, self.cosmology)
        scales = cnfw_scales_from(mass, concentration, f_c, z_object, z_source, self.cosmology)
        return cNFWSph(self.centre, scales.kappa_s, scales.scale_radius, f_c * scales.scale_radius)
