"""NumPy and jitted JAX agree for any parameters."""

import functools

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensarrays import Grid2DIrregular
from lensarrays.models import Planck15, lp, mp

COORDINATE = st.floats(-3.0, 3.0)
CENTRE = st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
ELL_COMPS = st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
PARAMETERS = {
    mp.PowerLaw: {
        "centre": CENTRE,
        "ell_comps": ELL_COMPS,
        "einstein_radius": st.floats(0.0, 3.0, allow_subnormal=False),
        "slope": st.floats(1.2, 2.8),
    },
    mp.Isothermal: {"centre": CENTRE, "ell_comps": ELL_COMPS, "einstein_radius": st.floats(0.0, 3.0, allow_subnormal=False)},
    mp.ExternalShear: {"gamma_1": st.floats(-0.3, 0.3), "gamma_2": st.floats(-0.3, 0.3)},
    mp.NFWTruncatedSph: {
        "centre": CENTRE,
        "kappa_s": st.floats(0.0, 0.5, allow_subnormal=False),
        "scale_radius": st.floats(0.05, 10.0),
        "truncation_radius": st.floats(0.05, 100.0),
    },
    lp.Sersic: {
        "centre": CENTRE,
        "ell_comps": ELL_COMPS,
        "effective_radius": st.floats(0.1, 5.0),
        "sersic_index": st.floats(0.5, 8.0),
    },
    lp.SersicCore: {
        "centre": CENTRE,
        "ell_comps": ELL_COMPS,
        "sersic_index": st.floats(0.7, 6.0),
        "radius_break": st.floats(0.01, 0.5),
        "gamma": st.floats(0.0, 1.0),
        "alpha": st.floats(0.5, 10.0),
    },
}
QUANTITIES = [(cls, q) for cls in list(PARAMETERS)[:4] for q in ("deflections_yx", "convergence", "potential")]
QUANTITIES += [(cls, "image") for cls in list(PARAMETERS)[4:]]


def values_of(profile, quantity, points):
    return getattr(profile, f"{quantity}_2d_from")(Grid2DIrregular(points)).values


@functools.cache
def jitted(quantity):
    return jax.jit(lambda profile, points: values_of(profile, quantity, points))


@pytest.mark.parametrize(("cls", "quantity"), QUANTITIES)
@given(data=st.data())
def test_profiles_agree(cls, quantity, data):
    profile = cls(**{name: data.draw(strategy, label=name) for name, strategy in PARAMETERS[cls].items()})
    points = np.asarray([[data.draw(COORDINATE), data.draw(COORDINATE)] for _ in range(3)])
    expected = values_of(profile, quantity, points)
    assert np.isfinite(expected).all()
    # Rounding of the largest: coordinates that all but coincide with a centre lose digits, in the same way in both. And of
    # summands of order one that cancel, as those of the potential of a shear on its diagonal, which XLA fuses.
    atol = 1e-12 * np.abs(expected).max() + 1e-15
    np.testing.assert_allclose(jitted(quantity)(profile, points), expected, rtol=1e-9, atol=atol)


@given(a=st.floats(0.0, 5.0), b=st.floats(0.0, 5.0))
def test_distances_agree_and_add_up(a, b):
    near, far, distance = min(a, b), max(a, b), Planck15().comoving_distance_between_redshifts_in_kpc_from
    between = distance(near, far)
    np.testing.assert_allclose(jax.jit(distance)(near, far), between, rtol=1e-12)
    np.testing.assert_allclose(distance(0.0, near) + between, distance(0.0, far), rtol=1e-12)
