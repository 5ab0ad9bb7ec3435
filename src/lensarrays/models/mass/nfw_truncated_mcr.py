"""The truncated NFW halo of a mass, with the concentration that haloes of that mass have on average."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import POSITIVE, Requirement
from .._fluctuations import MASS
from .._profile import frozen, number_of
from ..halo_mass import nfw_scales_from
from ..mass_concentration import concentration_ludlow16_from
from .abstract_mcr import AbstractMCRProfile
from .nfw_truncated import NFWTruncatedSph


@final
class NFWTruncatedMCRLudlowSph(AbstractMCRProfile):
    r"""The spherical truncated NFW halo of some mass, as concentrated as Ludlow et al. find, and truncated at 2 r_200.

    It is the `NFWTruncatedSph` of the same `kappa_s`, `scale_radius` and `truncation_radius`, which it has as properties.

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    mass_at_200 : float [solar masses]
        The mass within :math:`r_{200}` before the truncation, inside of which the mean density is 200 times the critical one
        at `redshift_object`; between 1e3 and 1e16.
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
    `kappa_s` and `scale_radius` are autogalaxy's to 1.2e-3 and 8e-4, by which its concentrations are off. Its truncation
    radius is not :math:`2 r_{200}`: it takes the radius in kpc for one in arcseconds, 35.1 instead of 5.58 for 1e9 solar
    masses at redshift 0.5, so that its haloes are hardly truncated.

    References
    ----------
    A. D. Ludlow et al., MNRAS 460, 1214 (2016); E. A. Baltz, P. Marshall and M. Oguri, JCAP 01, 015 (2009).

    Examples
    --------
    >>> import lensarrays as la
    >>> halo = la.mp.NFWTruncatedMCRLudlowSph(mass_at_200=1e9, redshift_object=0.5, redshift_source=2.0)
    >>> [round(float(v), 3) for v in (halo.kappa_s, halo.scale_radius, halo.truncation_radius)]
    [0.011, 0.232, 5.582]
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    mass_at_200: Any = eqx.field(default=1e9, converter=frozen)
    redshift_object: Any = eqx.field(default=0.5, converter=frozen)
    redshift_source: Any = eqx.field(default=1.0, converter=frozen)
    cosmology: Any = None

    requirements: ClassVar[dict[str, Requirement]] = {
        "mass_at_200": MASS,
        "redshift_object": POSITIVE,
        "redshift_source": POSITIVE,
    }

    _mean_convergence = staticmethod(NFWTruncatedSph._mean_convergence)

    @property
    def truncation_radius(self) -> Any:
        """The truncation radius, shape (...) [arcsec]."""
        return self._own_halo().truncation_radius

    def _halo(self, like: Any, *, xp: Any) -> NFWTruncatedSph:
        mass, z_object, z_source = (number_of(self, name, like, xp=xp) for name in self.requirements)
        concentration = concentration_ludlow16_from(mass, z_object, self.cosmology)
        scales = nfw_scales_from(mass, concentration, z_object, z_source, self.cosmology)
        return NFWTruncatedSph(self.centre, scales.kappa_s, scales.scale_radius, 2 * scales.radius_at_200)
