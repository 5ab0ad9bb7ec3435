"""Subhaloes of a lens, drawn from a power-law mass function, of cold, warm or self-interacting dark matter."""

from collections.abc import Callable
from typing import Any, final

import equinox as eqx
import numpy as np

from .._check import FINITE, NON_NEGATIVE, POSITIVE
from ._fluctuations import MASS
from ._halo_draws import capacity_for, counts_drawn, usual_capacity
from ._profile import _check_pair as check_pair
from ._profile import check_parts
from ._sampler_arguments import check_above, dtype_checked, numbers_checked, source_checked
from ._subhaloes import (
    CORE,
    FRACTION,
    NAMES,
    PART,
    SubhaloNumbers,
    families_of,
    subhalo_numbers_from,
    subhaloes_in_slots,
    subhaloes_on_jax,
)
from .cosmology import Planck15
from .halo_population import HaloPopulation
from .mass_concentration import concentration_ludlow16_from


@final
class SubhaloSampler(eqx.Module):
    """Subhaloes in a disc around the centre of a lens.

    Their number is a Poisson number, their masses follow a power law with a cut-off, their concentrations scatter
    log-normally about the mean, and their positions are uniform. In self-interacting dark matter some of them have a core,
    and some have collapsed.

    Parameters
    ----------
    z_lens, z_source : float
    expected_haloes : float, optional
        The expected number of subhaloes in the disc, with masses from `m_min` to `m_max`.
    f_sub : float, optional
        The same by mass: the part of the projected mass within the disc that is in subhaloes, for a lens whose mean
        convergence within R is einstein_radius / R, as that of an isothermal one is. Give one of the two.
    einstein_radius : float [arcsec]
        For `f_sub`.
    radius_arcsec : float [arcsec]
        Of the disc.
    centre : (float, float) [arcsec]
        Of the disc (y, x).
    m_min, m_max : float [solar masses]
        Of haloes within the radius inside of which the mean density is 200 times the critical one, before they fell in.
    slope : float
        Of dn/dm.
    half_mode_mass : float [solar masses]
        Of warm dark matter; 0 is cold. Both `expected_haloes` and `f_sub` are those of cold dark matter: in warm dark matter
        there are fewer.
    cut_off : (float, float, float)
        (a, b, c) in the factor [1 + (a half_mode_mass / m)^b]^c by which they are fewer, with b above zero.
    cored_fraction, collapsed_fraction : float
        The part of the subhaloes, at any mass, that are cored and that have collapsed; the others are truncated NFW haloes.
    core_ratio : float
        The core radius of cored ones over their scale radius.
    collapsed_scale_ratio, collapsed_core_ratio : float
        The scale radius of collapsed ones over what it was before, and their core radius over the former.
    c_scatter : float [dex]
        The scatter of concentrations.
    truncation_factor : float
        Haloes are truncated where the mean density within is this times the critical one; cored ones are not truncated.
    cosmology : FlatLambdaCDM, optional
        Planck15() unless given.
    concentration : callable
        (masses, redshift, cosmology) -> mean concentration in cold dark matter, the radius at 200 over the scale radius.

    Raises
    ------
    ValueError
        If a number that is not traced is out of its range, the source is not behind the lens, `m_max` not above `m_min`, the
        fractions add up to more than 1, or both of `expected_haloes` and `f_sub` are given, or none.

    Notes
    -----
    Concentrations in warm dark matter are lower by (1 + 60 half_mode_mass / m)^-0.17. All three families have the mass
    within r_200 that was drawn. The profiles of collapsed haloes are not agreed on; these get steeper than an isothermal one
    where the others still are not.

    Everything that does not depend on the draw is computed when the sampler is made. All numbers may be traced. What is kept
    is what is drawn from, as leaves, and not the arguments.

    References
    ----------
    Slope: V. Springel et al., MNRAS 391, 1685 (2008). Mass fraction: S. Vegetti et al., MNRAS 442, 2017 (2014); G. Despali and
    S. Vegetti, MNRAS 469, 1997 (2017). Cut-off: M. R. Lovell, ApJ 897, 147 (2020), for subhaloes; M. R. Lovell et al., MNRAS
    439, 300 (2014) is (2.7, 1, -0.99). Concentrations: S. Bose et al., MNRAS 455, 318 (2016), without their factor of redshift.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> subhaloes = la.SubhaloSampler(z_lens=0.5, z_source=2.0, expected_haloes=30.0, cored_fraction=0.5)
    >>> cold, cored = subhaloes.populations_from(key=np.random.default_rng(1), capacity=50)
    >>> type(cored.profile).__name__, int(cold.total_haloes), int(cored.total_haloes)
    ('cNFWSph', 13, 19)
    """

    _families: tuple[int, ...] = eqx.field(static=True)
    _numbers: SubhaloNumbers

    def __init__(
        self,
        z_lens: Any,
        z_source: Any,
        *,
        expected_haloes: Any = None,
        f_sub: Any = None,
        einstein_radius: Any = 1.0,
        radius_arcsec: Any = 2.0,
        centre: Any = (0.0, 0.0),
        m_min: Any = 1e6,
        m_max: Any = 1e10,
        slope: Any = -1.9,
        half_mode_mass: Any = 0.0,
        cut_off: tuple[Any, Any, Any] = (4.2, 2.5, -0.2),
        cored_fraction: Any = 0.0,
        collapsed_fraction: Any = 0.0,
        core_ratio: Any = 0.3,
        collapsed_scale_ratio: Any = 0.2,
        collapsed_core_ratio: Any = 0.05,
        c_scatter: Any = 0.15,
        truncation_factor: Any = 100.0,
        cosmology: Any = None,
        concentration: Callable[..., Any] = concentration_ludlow16_from,
    ):
        check_pair(centre, "centre")
        if not isinstance(cut_off, (tuple, list)) or len(cut_off) != 3:
            raise ValueError(f"`cut_off` must be three numbers (a, b, c), but is {cut_off!r}; write them as a tuple.")
        check_parts(FINITE, tuple(cut_off), "cut_off")
        if (expected_haloes is None) == (f_sub is None):
            raise ValueError(
                f"`expected_haloes` must be given, or `f_sub`, and not both, but they are {expected_haloes!r} and {f_sub!r}; "
                f"leave one of them out."
            )
        cosmology = Planck15() if cosmology is None else cosmology
        n, good = numbers_checked(
            cosmology,
            z_lens=(POSITIVE, z_lens),
            z_source=(POSITIVE, z_source),
            **({"expected_haloes": (NON_NEGATIVE, expected_haloes)} if f_sub is None else {"f_sub": (FRACTION, f_sub)}),
            einstein_radius=(POSITIVE, einstein_radius),
            radius_arcsec=(POSITIVE, radius_arcsec),
            y=(FINITE, centre[0]),
            x=(FINITE, centre[1]),
            m_min=(MASS, m_min),
            m_max=(MASS, m_max),
            slope=(FINITE, slope),
            half_mode_mass=(NON_NEGATIVE, half_mode_mass),
            a=(NON_NEGATIVE, cut_off[0]),
            b=(POSITIVE, cut_off[1]),
            c=(FINITE, cut_off[2]),
            cored_fraction=(FRACTION, cored_fraction),
            collapsed_fraction=(FRACTION, collapsed_fraction),
            core_ratio=(PART, core_ratio),
            collapsed_scale_ratio=(PART, collapsed_scale_ratio),
            collapsed_core_ratio=(CORE, collapsed_core_ratio),
            c_scatter=(NON_NEGATIVE, c_scatter),
            truncation_factor=(POSITIVE, truncation_factor),
        )
        check_above("z_source", z_source, "z_lens", z_lens, "give the redshift of something behind the lens")
        check_above("m_max", m_max, "m_min", m_min, "exchange them, or widen the range")
        self._families = families_of(cored_fraction, collapsed_fraction)
        self._numbers = subhalo_numbers_from(n, good, self._families, cosmology, concentration)

    @property
    def expected_by_family(self) -> Any:
        """The expected number of subhaloes of each family, shape (f,)."""
        return self._numbers.table.expected

    @property
    def capacity(self) -> int:
        """How many slots nearly always suffice for every family: six standard deviations above the mean of the largest."""
        return usual_capacity(self.expected_by_family)

    def populations_from(self, key: Any, capacity: int | None = None, dtype: Any = None) -> list[HaloPopulation]:
        """Draw the subhaloes of one lens.

        Parameters
        ----------
        key : jax.Array or numpy.random.Generator
            A JAX key gives JAX arrays, and the same subhaloes with any capacity; a Generator gives NumPy arrays.
        capacity : int, optional
            The number of slots for subhaloes of each family. Unless given it is that of the property, the same for all
            draws, or as large as this draw needs, outside of `jit`.
        dtype : data type, optional
            Of the parameters; unless given float64, or float32 with a key where JAX is not set to float64.

        Returns
        -------
        list of HaloPopulation
            Of NFWTruncatedSph, cNFWSph and NFWTruncatedCoreSph, in this order, without those whose fraction is zero and not
            traced.

        Raises
        ------
        ValueError
            If there are more subhaloes than slots. Under `jit`, where that cannot be seen, the populations have it as
            `overflow`, and results are NaN.
        TypeError
            If `key` is neither, or a Generator for a sampler of JAX arrays.
        """
        source_checked(key, self._numbers)
        dtype = dtype_checked(dtype, key)
        counts = counts_drawn(self.expected_by_family, key)
        places = [NAMES[k] for k in self._families]
        capacity = capacity_for(counts, capacity, self.expected_by_family, places)
        draw = subhaloes_in_slots if isinstance(key, np.random.Generator) else subhaloes_on_jax
        return draw(self._numbers, key, counts, families=self._families, capacity=capacity, dtype=dtype)
