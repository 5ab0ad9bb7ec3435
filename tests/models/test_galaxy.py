"""Sums over the profiles of a galaxy."""

import jax
import numpy as np
import pytest
from array_api_extra.testing import assert_close, lazy_xp_function

from lensarrays import Array2D, ArrayIrregular, Grid2D, Grid2DIrregular, VectorYX2D, VectorYX2DIrregular
from lensarrays.models import Galaxy, lp, mp

QUANTITIES = ["image", "deflections_yx", "convergence", "potential"]
LIGHT = (lp.Sersic(ell_comps=(0.1, 0.2)), lp.SersicCore(centre=(0.2, 0.1)))
MASS = (mp.PowerLaw(ell_comps=(0.1, 0.0), slope=2.2), mp.ExternalShear(0.1, 0.05), mp.NFWTruncatedSph(centre=(1.0, 0.3)))
GALAXY = Galaxy(redshift=0.5, light=list(LIGHT), mass=list(MASS))


def evaluate(galaxy, quantity, grid):
    return getattr(galaxy, f"{quantity}_2d_from")(grid)


lazy_xp_function(evaluate)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_galaxy_is_the_sum_of_its_profiles_on_every_library(quantity, xp):
    regular = Grid2D.uniform((4, 5), 0.3, over_sample_size=2, xp=xp)
    for grid in (regular, Grid2DIrregular(regular.values)):
        result = evaluate(GALAXY, quantity, grid)
        parts = [evaluate(profile, quantity, grid) for profile in (LIGHT if quantity == "image" else MASS)]
        assert type(result) is type(parts[0])
        assert_close(result.values, sum(part.values for part in parts), rtol=1e-12)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_without_profiles_all_is_zero_and_of_the_right_type(quantity):
    regular = Grid2D.uniform((4, 5), 0.3)
    vector = quantity == "deflections_yx"
    for grid, cls in (
        (regular, VectorYX2D if vector else Array2D),
        (Grid2DIrregular(regular.values), VectorYX2DIrregular if vector else ArrayIrregular),
    ):
        result = evaluate(Galaxy(redshift=0.5), quantity, grid)
        assert type(result) is cls
        assert result.shape == ((20, 2) if vector else (20,))
        assert (result.values == 0).all()


def test_one_profile_needs_no_list():
    grid = Grid2DIrregular([(0.3, 0.4)])
    one, listed = Galaxy(0.5, lp.Sersic(), mp.Isothermal()), Galaxy(0.5, [lp.Sersic()], [mp.Isothermal()])
    assert one.image_2d_from(grid).values == listed.image_2d_from(grid).values
    assert len(jax.tree_util.tree_leaves(one)) == 1 + 7 + 5


def test_bad_galaxies_raise():
    for value in ("a", [0.1, 0.2]):
        with pytest.raises(TypeError, match="`redshift` must be a number or an array of real numbers, but is"):
            Galaxy(redshift=value)
    with pytest.raises(ValueError, match=r"`redshift` must be zero or positive, and finite, but is -0.5"):
        Galaxy(redshift=-0.5)
    with pytest.raises(TypeError, match=r"`light` must be light profiles, from `lensarrays.lp`, but has a Isothermal"):
        Galaxy(redshift=0.5, light=mp.Isothermal())
    with pytest.raises(TypeError, match=r"`mass` must be mass profiles, from `lensarrays.mp`, but has a float"):
        Galaxy(redshift=0.5, mass=[mp.Isothermal(), 1.0])


def test_a_batch_of_galaxies_is_ordinary():
    grid = Grid2D.uniform((3, 3), 0.5)
    batch = Galaxy(0.5, mass=[mp.Isothermal(einstein_radius=np.asarray([1.0, 2.0])), mp.ExternalShear(0.1)])
    for quantity, shape in (("deflections_yx", (2, 9, 2)), ("convergence", (2, 9)), ("potential", (2, 9))):
        values = evaluate(batch, quantity, grid).values
        assert values.shape == shape
        alone = evaluate(Galaxy(0.5, mass=[mp.Isothermal(einstein_radius=2.0), mp.ExternalShear(0.1)]), quantity, grid)
        np.testing.assert_allclose(values[1], alone.values, rtol=1e-14)
