"""Haloes onto the nearest lens plane."""

import jax
import numpy as np
import pytest

import lensarrays as la
from lensarrays.models.halo_population import HaloPopulation
from lensarrays.models.lens_planes import galaxies_on_planes_from

PLANES = [0.2, 0.4, 0.8]


def halo(redshift, kappa_s=0.02, family=la.mp.NFWTruncatedSph, **parameters):
    return la.Galaxy(redshift=redshift, mass=family(kappa_s=kappa_s, **parameters))


def test_haloes_go_to_the_nearest_plane_and_the_offset_is_on_record():
    redshifts = np.asarray([0.1, 0.29, 0.31, 0.4, 0.59, 0.61, 1.0])
    haloes = [halo(z, kappa_s=0.01 * i) for i, z in enumerate(redshifts)]
    planes = galaxies_on_planes_from(haloes, PLANES)
    assert [plane.redshift for plane in planes] == PLANES
    members = [[0, 1], [2, 3, 4], [5, 6]]
    for plane, indices in zip(planes, members, strict=True):
        (population,) = plane.mass
        assert isinstance(population, HaloPopulation)
        np.testing.assert_allclose(population.profile.kappa_s, [0.01 * i for i in indices])
        np.testing.assert_allclose(population.redshift_offset, redshifts[indices] - plane.redshift)


def test_families_are_apart_and_what_needs_no_move_stays_as_it_is():
    lens = la.Galaxy(redshift=0.4, mass=[la.mp.PowerLaw(), la.mp.ExternalShear(gamma_1=0.1)], light=la.lp.Sersic())
    haloes = [halo(0.41), halo(0.39), la.Galaxy(redshift=0.42, mass=la.mp.PowerLaw(einstein_radius=0.01))]
    near, plane, far = galaxies_on_planes_from([lens, *haloes], PLANES)
    assert near.mass == far.mass == ()
    power_law, shear, truncated, elliptical = plane.mass
    assert (power_law, shear) == lens.mass
    assert plane.light == lens.light
    np.testing.assert_allclose(truncated.redshift_offset, [0.01, -0.01])
    np.testing.assert_allclose(elliptical.redshift_offset, [0.02])
    grid = la.Grid2DIrregular([(0.3, 0.4), (-0.5, 1.1)])
    expected = sum(galaxy.deflections_yx_2d_from(grid).values for galaxy in [lens, *haloes])
    np.testing.assert_allclose(plane.deflections_yx_2d_from(grid).values, expected, rtol=1e-12)


def test_populations_keep_their_slots_and_add_to_their_offset():
    profile = la.mp.NFWTruncatedSph(kappa_s=np.asarray([0.01, 0.02, 0.05]))
    population = HaloPopulation(profile, valid=np.asarray([True, True, False]), redshift_offset=np.asarray([0.0, 0.1, 0.0]))
    moved = galaxies_on_planes_from(la.Galaxy(redshift=0.35, mass=population), PLANES)[1].mass[0]
    np.testing.assert_allclose(moved.redshift_offset, [-0.05, 0.05, -0.05])
    np.testing.assert_array_equal(moved.valid, population.valid)
    stays = galaxies_on_planes_from(la.Galaxy(redshift=0.4, mass=population), PLANES)[1].mass[0]
    assert stays is population


def test_parameters_may_be_traced():
    @jax.jit
    def offsets_and_kappas(kappas):
        plane, *_ = galaxies_on_planes_from([halo(0.21, kappas[0]), halo(0.22, kappas[1])], PLANES)
        return plane.mass[0].redshift_offset, plane.mass[0].profile.kappa_s

    offsets, kappas = offsets_and_kappas(np.asarray([0.1, 0.2]))
    np.testing.assert_allclose(offsets, [0.01, 0.02])
    np.testing.assert_allclose(kappas, [0.1, 0.2])


def test_one_plane_and_single_precision():
    (plane,) = galaxies_on_planes_from([halo(np.float32(0.3)), halo(0.3)], [0.3])
    np.testing.assert_array_equal(plane.mass[0].redshift_offset, [0.0, 0.0])


@pytest.mark.parametrize(
    ("galaxies", "planes", "match"),
    [
        ([halo(0.09)], PLANES, r"between the planes, or at most half a spacing, 0.1, beyond the outer ones, but is 0.09 while"),
        ([halo(1.01)], PLANES, r"at most half a spacing, 0.2, beyond the outer ones, but is 1.01"),
        ([halo(0.31)], [0.3], r"at most half a spacing, 0, beyond"),
        ([halo(0.3)], [0.4, 0.2], r"`plane_redshifts` must be one redshift or more, in ascending order, but is \[0.4, 0.2\]"),
        ([halo(0.3)], [0.2, 0.2], r"in ascending order"),
        ([halo(0.3)], [0.2, np.nan], r"in ascending order"),
        ([halo(0.3)], [-0.2, 0.2], r"in ascending order"),
        ([halo(0.3)], [], r"must be one redshift or more"),
        ([halo(np.asarray([0.2, 0.3]))], PLANES, r"`redshift` of a galaxy must be one number, but has shape \(2,\)"),
        (
            [la.Galaxy(redshift=0.21, mass=la.mp.ExternalShear())],
            PLANES,
            r"ExternalShear, which has no centre, must be that of",
        ),
        (
            [la.Galaxy(redshift=0.21, light=la.lp.Sersic())],
            PLANES,
            r"`redshift` of a galaxy with light must be that of a plane",
        ),
    ],
)
def test_what_has_no_plane_is_refused(galaxies, planes, match):
    with pytest.raises(ValueError, match=match):
        galaxies_on_planes_from(galaxies, planes)


def test_other_things_are_refused():
    with pytest.raises(TypeError, match="`galaxies` must be Galaxy objects, but has a NFWTruncatedSph"):
        galaxies_on_planes_from([la.mp.NFWTruncatedSph()], PLANES)
    with pytest.raises(TypeError, match="`galaxies` must be Galaxy objects, but is a float"):
        galaxies_on_planes_from(0.3, PLANES)
    with pytest.raises(TypeError, match="`redshift` must be static"):
        jax.jit(lambda z: galaxies_on_planes_from([la.Galaxy(redshift=z, mass=la.mp.PointMass())], PLANES))(0.2)
