"""Our way to simulate the scenes of `forward_scene.py`: all names of ours that `forward.py` uses; see README.md."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from forward_scene import (
    EXPOSURE_TIME,
    LENS_REDSHIFT,
    OVER_SAMPLING,
    SKY,
    SOURCE_REDSHIFT,
    Scene,
    Theta,
    psf_native,
)

import lensarrays as la

COARSE, FINE = 1e-3, 2e-6  # of the noise: the errors that the rows allow


METHODS: dict[str, Any] = {
    "direct": la.haloes.Direct(),
    "coarse": la.haloes.Tree(tolerance=COARSE),
    "fine": la.haloes.Tree(tolerance=FINE),
}


def population(haloes: Any) -> Any:
    """Return haloes, rows as in `forward_scene.halo_parameters`, as one mass profile."""
    names = ("kappa_s", "scale_radius", "truncation_radius")
    columns = {name: haloes[:, 2 + k] for k, name in enumerate(names)}
    return la.HaloPopulation(la.mp.NFWTruncatedSph(centre=(haloes[:, 0], haloes[:, 1]), **columns))


def listed(haloes: Any) -> list[Any]:
    """Return the same haloes as a list of profiles, which nothing adds up but a loop: the check of the direct sum."""
    return [
        la.mp.NFWTruncatedSph(centre=row[:2], kappa_s=row[2], scale_radius=row[3], truncation_radius=row[4]) for row in haloes
    ]


def side_of(redshift: float) -> int:
    """Return -1 in front of the lens, 0 at it, and 1 behind it."""
    return int(np.sign(redshift - LENS_REDSHIFT))


def tracer_of(scene: Scene, theta: Theta, method: str) -> la.Tracer:
    """Return the tracer; its lens shares a plane with the subhaloes."""
    # Planes of one size, in front of the lens and behind it, are compiled as one each.
    size = {
        side: max((len(h) for z, h in zip(scene.halo_redshifts, theta["haloes"], strict=True) if side_of(z) == side), default=1)
        for side in (-1, 0, 1)
    }
    galaxies = [
        la.Galaxy(
            redshift=redshift,
            mass=listed(haloes) if method == "list" else population(haloes).pad_to(size[side_of(redshift)]),
        )
        for redshift, haloes in zip(scene.halo_redshifts, theta["haloes"], strict=True)
    ]
    macro = [la.mp.PowerLaw(**theta["lens"]), la.mp.ExternalShear(**theta["shear"])]
    lens = la.Galaxy(redshift=LENS_REDSHIFT, mass=macro)
    source = la.Galaxy(redshift=SOURCE_REDSHIFT, light=la.lp.SersicCore(**theta["source"]))
    options = {"halo_method": METHODS[method]} if method in METHODS and scene.haloes else {}
    return la.Tracer(galaxies=[*galaxies, lens, source], **options)


def theta_with(theta: Theta, xp: Any, dtype: Any) -> Theta:
    """Return theta with arrays of a library."""
    return jax.tree.map(lambda value: xp.asarray(value, dtype=dtype), theta, is_leaf=lambda v: isinstance(v, tuple))


def simulator(scene: Scene, method: str, *, xp: Any = jnp, dtype: Any = float, over_sampling: Any = OVER_SAMPLING) -> Any:
    """Return a function of theta and a key (or generator, or None) to the observation, an `Imaging`."""
    psf = la.Kernel2D.no_mask(xp.asarray(psf_native(), dtype=dtype), pixel_scales=scene.pixel_scale)
    observe = la.SimulatorImaging(exposure_time=EXPOSURE_TIME, background_sky_level=SKY, psf=psf)
    grid = la.Grid2D.uniform((scene.side,) * 2, scene.pixel_scale, over_sample_size=over_sampling)
    grid = la.Grid2D(xp.asarray(grid.values, dtype=dtype), grid.mask, grid.over_sample_size)

    def simulate(theta: Theta, key: Any = None) -> Any:
        return observe.via_tracer_from(tracer=tracer_of(scene, theta, method), grid=grid, key=key)

    return simulate


def image_of(observed: Any) -> Any:
    """Return the image of an observation as a bare array, shape (..., side, side)."""
    return observed.data.native


def traced_positions(scene: Scene, theta: Theta, method: str, y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return y and x on the plane of the source of rays that are seen at y and x."""
    grid = la.Grid2DIrregular(jnp.asarray(np.stack([y, x], axis=-1)))
    theta = theta_with(theta, jnp, float)
    values = np.asarray(tracer_of(scene, theta, method).traced_grid_2d_list_from(grid)[-1].values)
    return values[:, 0], values[:, 1]


def chi_squared(scene: Scene, method: str, *, dtype: Any = float) -> Any:
    """Return chi squared as a function of theta and the observed image, whose noise is the expected one of theta."""
    simulate = simulator(scene, method, dtype=dtype)

    def value(theta: Theta, data: Any) -> Any:
        expected = simulate(theta)
        return jnp.sum(((data - expected.data.native) / expected.noise_map.native) ** 2)

    return value


def line_of_sight(key: Any) -> Any:
    """Return one realisation of the haloes between us and the source, as autolens's row has it."""
    sampler = la.LOSSampler(
        z_lens=LENS_REDSHIFT,
        z_source=SOURCE_REDSHIFT,
        planes_before_lens=4,
        planes_after_lens=4,
        m_min=1e7,
        m_max=1e10,
        cone_radius_arcsec=5.0,
    )
    return sampler.galaxies_from(key=key, capacity=2048)  # of about 1800 in the fullest plane
