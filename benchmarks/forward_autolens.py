"""autolens's ways to simulate the scenes of `forward_scene.py`; see README.md."""

from typing import Any

import autolens as al
import jax
import jax.numpy as jnp
import numpy as np
from astropy.cosmology import Planck15
from autolens.lens import substructure_util
from autolens.lens.los import LOSSampler
from forward_scene import (
    EXPOSURE_TIME,
    LENS_REDSHIFT,
    OVER_SAMPLING,
    PSF_SHAPE,
    SKY,
    SOURCE_REDSHIFT,
    Scene,
    Theta,
    psf_native,
)

# Straight lines through hmf 3.7.2 (Sheth-Mo-Tormen, Planck15) and colossus 1.4.0 (Ludlow16) at the centres of LOSSampler's nine
# planes between us and z = 2: slope and height of log10(dn/dm) over log10(m), and of the concentration. LOSSampler imports
# both packages without them, to compute the same; its time goes into other things.
MASS_FUNCTION = np.array(
    [
        (-1.90533, 8.05316),
        (-1.90562, 8.06712),
        (-1.90597, 8.08142),
        (-1.90638, 8.09599),
        (-1.90686, 8.11078),
        (-1.90873, 8.15598),
        (-1.91123, 8.20205),
        (-1.91436, 8.24890),
        (-1.91813, 8.29662),
    ]
)
CONCENTRATION = np.array(
    [
        (-1.81168, 30.22428),
        (-1.74553, 29.17477),
        (-1.67791, 28.09457),
        (-1.60997, 27.00512),
        (-1.54292, 25.92613),
        (-1.35371, 22.87294),
        (-1.18900, 20.21596),
        (-1.04963, 17.97671),
        (-0.93268, 16.10800),
    ]
)


def padded_sub_grid(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Return the points of the frame that reaches half a PSF beyond the image, and where each pixel's value then is.

    The pixels of the image are over-sampled and those around it are not, as in autolens. The sub-pixels of the image come
    first, then the single points around it, so that binning is a reshape and one gather.

    Returns
    -------
    points : shape (n, 2) [arcsec]
    order : shape (frame, frame)
        The index of every pixel of the frame in the binned values.
    """
    side, half = scene.side, PSF_SHAPE[0] // 2
    frame = side + 2 * half
    centres = (np.arange(frame) - (frame - 1) / 2) * scene.pixel_scale
    y, x = np.meshgrid(-centres, centres, indexing="ij")
    inside = np.zeros((frame, frame), dtype=bool)
    inside[half:-half, half:-half] = True
    offsets = ((np.arange(OVER_SAMPLING) + 0.5) / OVER_SAMPLING - 0.5) * scene.pixel_scale
    offset_y, offset_x = np.meshgrid(-offsets, offsets, indexing="ij")
    sub_y, sub_x = (np.add.outer(c[inside], o.ravel()).ravel() for c, o in ((y, offset_y), (x, offset_x)))
    points = np.stack([np.append(sub_y, y[~inside]), np.append(sub_x, x[~inside])], axis=1)
    order = np.empty((frame, frame), dtype=int)
    order[inside] = np.arange(side**2)
    order[~inside] = side**2 + np.arange(frame**2 - side**2)
    return points, order


def binned(values: Any, side: int) -> Any:
    """Return the mean over the sub-pixels of the pixels of the image, followed by the values around it."""
    count = side**2 * OVER_SAMPLING**2
    return jnp.concatenate([values[:count].reshape(side**2, -1).mean(axis=1), values[count:]])


def lens_deflections(points: Any, parameters: Theta) -> Any:
    grid = al.Grid2DIrregular(values=points)
    lens, shear = al.mp.PowerLaw(**parameters["lens"]), al.mp.ExternalShear(**parameters["shear"])
    return sum(mass.deflections_yx_2d_from(grid=grid, xp=jnp).array for mass in (lens, shear))


def scaling_matrix(redshifts: list[float]) -> np.ndarray:
    """Return by what deflections on a plane (column) are multiplied for the next ones (row), from astropy's distances.

    autolens has `precompute_scaling_matrix` for this, whose distances are off by up to 9e-6 of themselves: with those, no
    image agrees with another library's to the precision that we compare kernels to.
    """

    def distance(near: float, far: float) -> float:
        return (Planck15.comoving_distance(far) - Planck15.comoving_distance(near)).value

    last, matrix = redshifts[-1], np.zeros((len(redshifts),) * 2)
    for i, far in enumerate(redshifts):
        for j, near in enumerate(redshifts[:i]):
            matrix[i, j] = distance(near, far) * distance(0, last) / (distance(0, far) * distance(near, last))
    return matrix


def simulator(scene: Scene, *, dtype: Any = float) -> tuple[Any, Any]:
    """Return autolens's jitted simulator and what makes its arguments of theta and a key.

    This is `simulate_substructure` used as well as it can be: jitted as a whole, on a sub-grid and with a frame around the
    image that the user must make, haloes only on planes that have any, and theta an argument.

    Returns
    -------
    simulate : jitted function of the arguments, to the image, shape (side, side)
    arguments_of : function of theta and a JAX key or None
    """
    redshifts = sorted({*scene.halo_redshifts, LENS_REDSHIFT, SOURCE_REDSHIFT})
    points, order = padded_sub_grid(scene)
    half = PSF_SHAPE[0] // 2
    fixed = {
        "grid": jnp.asarray(points, dtype=dtype),
        "scaling_matrix": jnp.asarray(scaling_matrix(redshifts), dtype=dtype),
        "lens_plane_mask": jnp.asarray([z == LENS_REDSHIFT for z in redshifts]).astype(dtype),
        "sheet_kappas": jnp.zeros(len(redshifts), dtype=dtype),
        "psf_kernel": jnp.asarray(psf_native(), dtype=dtype),
    }

    def light(positions: Any, parameters: Theta) -> Any:
        source = al.lp.SersicCore(**parameters)
        values = source.image_2d_from(grid=al.Grid2DIrregular(values=positions), xp=jnp).array
        return binned(values, scene.side)[order]

    @jax.jit
    def simulate(arguments: Theta) -> Any:
        image = substructure_util.simulate_substructure(
            image_shape=order.shape,
            lens_mass_fn=lens_deflections,
            source_light_fn=light,
            exposure_time=EXPOSURE_TIME,
            background_sky_level=SKY,
            halo_profile_cls=al.mp.NFWTruncatedSph,
            **arguments,
        )
        return image[half:-half, half:-half]

    def arguments_of(theta: Theta, key: Any = None) -> Theta:
        parameters, mask = padded_haloes(scene, theta, redshifts)
        given = {
            "halo_params": parameters,
            "lens_mass_params": {"lens": theta["lens"], "shear": theta["shear"]},
            "source_light_params": theta["source"],
        }
        given = jax.tree.map(lambda value: jnp.asarray(value, dtype=dtype), given)
        return fixed | given | {"halo_mask": jnp.asarray(mask), "prng_key": key}

    return simulate, arguments_of


def padded_haloes(scene: Scene, theta: Theta, redshifts: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return the haloes of every plane in as many slots as the fullest plane needs, and which slots are in use."""
    slots = max([1, *map(len, theta["haloes"])])
    parameters, mask = np.ones((len(redshifts), slots, 5)), np.zeros((len(redshifts), slots), dtype=bool)
    for redshift, haloes in zip(scene.halo_redshifts, theta["haloes"], strict=True):
        plane = redshifts.index(redshift)
        parameters[plane, : len(haloes)], mask[plane, : len(haloes)] = haloes, True
    return parameters, mask


def tracer_of(scene: Scene, theta: Theta) -> al.Tracer:
    """Return autolens's own tracer, a galaxy for each halo."""
    galaxies = [
        al.Galaxy(
            redshift=redshift,
            mass=al.mp.NFWTruncatedSph(centre=(row[0], row[1]), kappa_s=row[2], scale_radius=row[3], truncation_radius=row[4]),
        )
        for redshift, haloes in zip(scene.halo_redshifts, theta["haloes"], strict=True)
        for row in haloes
    ]
    lens = al.Galaxy(redshift=LENS_REDSHIFT, mass=al.mp.PowerLaw(**theta["lens"]), shear=al.mp.ExternalShear(**theta["shear"]))
    source = al.Galaxy(redshift=SOURCE_REDSHIFT, light=al.lp.SersicCore(**theta["source"]))
    return al.Tracer(galaxies=[*galaxies, lens, source])


def numpy_image(scene: Scene, theta: Theta) -> np.ndarray:
    """Return the image without noise of autolens's SimulatorImaging on NumPy, shape (side, side)."""
    grid = al.Grid2D.uniform(shape_native=(scene.side,) * 2, pixel_scales=scene.pixel_scale, over_sample_size=OVER_SAMPLING)
    psf = al.Convolver(kernel=al.Array2D.no_mask(psf_native(), pixel_scales=scene.pixel_scale))
    simulate = al.SimulatorImaging(
        exposure_time=EXPOSURE_TIME, background_sky_level=SKY, psf=psf, add_poisson_noise_to_data=False
    )
    return np.asarray(simulate.via_tracer_from(tracer=tracer_of(scene, theta), grid=grid).data.native.array)


def sample_line_of_sight(seed: int) -> list[al.Galaxy]:
    """Return one realisation of autolens's LOSSampler, given the coefficients that it would need other packages for."""
    sampler = LOSSampler(
        z_lens=LENS_REDSHIFT,
        z_source=SOURCE_REDSHIFT,
        m_min=1e7,
        m_max=1e10,
        cone_radius_arcsec=5.0,
        mass_function_coefficients=MASS_FUNCTION,
        mass_concentration_coefficients=CONCENTRATION,
        seed=seed,
    )
    return sampler.galaxies_from()
