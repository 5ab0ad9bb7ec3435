"""Kernels and convolution, profiles, ray-tracing, distances, and a simulated image without its noise."""

from functools import partial
from typing import Any

from cases import ROUND, Case, disc, grid, image, points, ramp, same

GAUSSIANS = {
    "circular": {"shape_native": (3, 5), "pixel_scales": 0.1, "sigma": 0.15},
    "normalized": {"shape_native": (5, 5), "pixel_scales": 0.1, "sigma": 0.1, "normalize": True},
    "elliptical": {
        "shape_native": (5, 7),
        "pixel_scales": (0.1, 0.15),
        "sigma": 0.2,
        "axis_ratio": 0.6,
        "angle": 40.0,
        "centre": (0.05, -0.1),
    },
}
KERNEL = ramp(15, seed=6).reshape(3, 5)
LIGHT = {
    "Sersic": {
        "centre": (0.05, -0.1),
        "ell_comps": (0.2, -0.15),
        "intensity": 0.4,
        "effective_radius": 0.7,
        "sersic_index": 2.3,
    },
    "SersicCore": {
        "centre": (-0.1, 0.03),
        "ell_comps": (-0.1, 0.25),
        "effective_radius": 0.5,
        "sersic_index": 3.1,
        "radius_break": 0.04,
        "intensity": 0.2,
        "gamma": 0.3,
        "alpha": 2.5,
    },
}
MASS = {
    "Isothermal": {"centre": (0.04, -0.02), "ell_comps": (0.1, 0.2), "einstein_radius": 1.1},
    "PowerLaw": {"centre": (-0.03, 0.05), "ell_comps": (-0.15, 0.1), "einstein_radius": 1.2, "slope": 1.8},
    "ExternalShear": {"gamma_1": 0.03, "gamma_2": -0.05},
    "NFWTruncatedSph": {"centre": (0.1, 0.2), "kappa_s": 0.1, "scale_radius": 0.8, "truncation_radius": 2.5},
}
# autogalaxy counts massive neutrinos as matter, which puts its distances 6e-6 from astropy's and the ratios of them that
# ray-tracing needs 2e-7 from astropy's; ours are astropy's.
DISTANCE_RTOL, RATIO_RTOL = 1e-5, 1e-6
QUANTITIES = ("convergence_2d_from", "potential_2d_from", "deflections_yx_2d_from")
WHERE = {"grid": lambda la: grid(la, disc(la)), "points": points}


def gaussian(arguments: dict[str, Any], la: Any) -> Any:
    return la.Convolver.from_gaussian(**arguments).kernel.native


def our_gaussian(arguments: dict[str, Any], la: Any) -> Any:
    return la.Kernel2D.from_gaussian(**arguments, **la.options).native


def kernel(la: Any) -> Any:
    """Return a kernel without any symmetry, not normalised."""
    return la.Convolver(la.Array2D.no_mask(values=KERNEL, pixel_scales=ROUND["pixel_scales"]))


def our_kernel(la: Any) -> Any:
    return la.Kernel2D.no_mask(values=la.asarray(KERNEL), pixel_scales=ROUND["pixel_scales"])


def blurring(la: Any) -> Any:
    return image(la, disc(la).derive_mask.blurring_from(kernel_shape_native=KERNEL.shape), seed=8)


def convolved(la: Any) -> Any:
    return kernel(la).convolved_image_from(image=image(la, disc(la)), blurring_image=blurring(la))


def our_convolved(la: Any) -> Any:
    from lensarrays.ops import convolve

    return convolve(image(la, disc(la)), our_kernel(la), blurring_image=blurring(la))


def convolved_alone(la: Any) -> Any:
    return kernel(la).convolved_image_from(image=image(la, disc(la)), blurring_image=None)


def our_convolved_alone(la: Any) -> Any:
    from lensarrays.ops import convolve

    return convolve(image(la, disc(la)), our_kernel(la))


def matrices(la: Any) -> list[Any]:
    """Return four columns of values in the mask, and in its blurring region."""
    masks = (disc(la), disc(la).derive_mask.blurring_from(kernel_shape_native=KERNEL.shape))
    return [ramp(4 * int(mask.pixels_in_mask), seed=9).reshape(-1, 4) for mask in masks]


def convolved_columns(la: Any) -> Any:
    inside, outside = matrices(la)
    mask = disc(la)
    return kernel(la).convolved_mapping_matrix_from(
        mapping_matrix=inside,
        mask=mask,
        blurring_mapping_matrix=outside,
        blurring_mask=mask.derive_mask.blurring_from(kernel_shape_native=KERNEL.shape),
    )


def our_convolved_columns(la: Any) -> Any:
    from lensarrays.ops import convolve_mapping_matrix

    inside, outside = map(la.asarray, matrices(la))
    return convolve_mapping_matrix(inside, disc(la), our_kernel(la), blurring_mapping_matrix=outside)


def our_convolved_batch(la: Any) -> Any:
    """Ask for the same columns as a batch of images."""
    from lensarrays.ops import convolve

    inside, outside = (la.asarray(matrix.T.copy()) for matrix in matrices(la))
    columns = la.Array2D(values=inside, mask=disc(la))
    return convolve(columns, our_kernel(la), blurring_image=la.Array2D(values=outside, mask=blurring(la).mask)).array.T


def of_light(name: str, where: Any, la: Any) -> Any:
    return getattr(la.lp, name)(**LIGHT[name]).image_2d_from(grid=where(la))


def of_mass(name: str, quantity: str, where: Any, la: Any) -> Any:
    return getattr(getattr(la.mp, name)(**MASS[name]), quantity)(grid=where(la))


REDSHIFTS = (0.3, 0.7, 1.8)
SOURCE = LIGHT["SersicCore"] | {"centre": (0.12, 0.2)}


def tracer(la: Any, *, first_plane: int) -> Any:
    """Return a foreground halo with a shear, a main lens that shines, and a source, on three planes, or without the first."""
    halo, shear, lens, bulge, source = parts(la)
    galaxies = [
        la.Galaxy(redshift=REDSHIFTS[0], halo=halo, shear=shear),
        la.Galaxy(redshift=REDSHIFTS[1], bulge=bulge, mass=lens),
        la.Galaxy(redshift=REDSHIFTS[2], bulge=source),
    ]
    return la.Tracer(galaxies=galaxies[first_plane:], cosmology=la.cosmo.Planck15())


def our_tracer(la: Any, *, first_plane: int) -> Any:
    halo, shear, lens, bulge, source = parts(la)
    galaxies = [
        la.Galaxy(redshift=REDSHIFTS[0], mass=[halo, shear]),
        la.Galaxy(redshift=REDSHIFTS[1], light=[bulge], mass=[lens]),
        la.Galaxy(redshift=REDSHIFTS[2], light=[source]),
    ]
    return la.Tracer(galaxies=galaxies[first_plane:])


def parts(la: Any) -> tuple[Any, ...]:
    """Return the profiles of the tracer."""
    masses = [getattr(la.mp, name)(**MASS[name]) for name in ("NFWTruncatedSph", "ExternalShear", "Isothermal")]
    return *masses, la.lp.Sersic(**LIGHT["Sersic"]), la.lp.SersicCore(**SOURCE)


def traced(ask: Any, where: Any, first_plane: int, la: Any) -> Any:
    return ask(tracer(la, first_plane=first_plane), where(la))


def our_traced(ask: Any, where: Any, first_plane: int, la: Any) -> Any:
    return ask(our_tracer(la, first_plane=first_plane), where(la))


TRACER = {
    "image_2d_from": lambda t, g: t.image_2d_from(grid=g),
    "deflections_yx_2d_from": lambda t, g: t.deflections_yx_2d_from(grid=g),
    "traced_grid_2d_list_from": lambda t, g: t.traced_grid_2d_list_from(grid=g),
}
PSF = GAUSSIANS["normalized"] | {"pixel_scales": 0.3}
SIMULATOR = {"exposure_time": 300.0, "background_sky_level": 0.2, "add_poisson_noise_to_data": False}
FRAME = {"shape_native": (9, 8), "pixel_scales": 0.3, "over_sample_size": 2}


def simulated(la: Any) -> Any:
    """Return the expected image, through the PSF, at the size asked for."""
    simulator = la.SimulatorImaging(**SIMULATOR, psf=la.Convolver.from_gaussian(**PSF))
    return simulator.via_tracer_from(tracer=tracer(la, first_plane=1), grid=la.Grid2D.uniform(**FRAME)).data.native


def our_imaging(la: Any) -> Any:
    psf = la.Kernel2D.from_gaussian(**PSF, **la.options)
    simulator = la.SimulatorImaging(
        exposure_time=SIMULATOR["exposure_time"], background_sky_level=SIMULATOR["background_sky_level"], psf=psf
    )
    return simulator.via_tracer_from(
        tracer=our_tracer(la, first_plane=1), grid=la.Grid2D.uniform(**FRAME, **la.options), key=None
    )


def expected_noise_map(la: Any) -> Any:
    """Return autoarray's noise map for the expected image; its simulator makes it from a noisy one."""
    from autoarray.dataset import preprocess

    counts = simulated(la).slim + SIMULATOR["background_sky_level"]
    times = la.Array2D.full(SIMULATOR["exposure_time"], shape_native=counts.shape_native, pixel_scales=0.3)
    return preprocess.noise_map_via_data_eps_and_exposure_time_map_from(data_eps=counts, exposure_time_map=times).native


PAIRS = ((0.0, 0.5), (0.2, 1.3), (0.5, 2.5))
CASES: dict[str, Case] = {
    f"Gaussian kernel, {name}": Case(partial(gaussian, arguments), partial(our_gaussian, arguments))
    for name, arguments in GAUSSIANS.items()
}
CASES |= {
    "convolved, with a blurring image": Case(convolved, our_convolved),
    "convolved, without a blurring image": Case(convolved_alone, our_convolved_alone),
    "convolved columns": Case(convolved_columns, our_convolved_columns),
    "convolved columns, as a batch": Case(convolved_columns, our_convolved_batch),
}
CASES |= {f"{name}, {w}: image_2d_from": same(partial(of_light, name, where)) for name in LIGHT for w, where in WHERE.items()}
CASES |= {
    f"{name}, {w}: {q}": same(partial(of_mass, name, q, where))
    for name in MASS
    for w, where in WHERE.items()
    for q in QUANTITIES
}
# Between two planes nothing depends on distances.
CASES |= {
    f"Tracer of {3 - first} planes, {w}: {name}": Case(
        partial(traced, ask, where, first), partial(our_traced, ask, where, first), rtol=None if first else RATIO_RTOL
    )
    for first in (0, 1)
    for name, ask in TRACER.items()
    for w, where in WHERE.items()
}
CASES |= {
    "simulated data": Case(simulated, lambda la: our_imaging(la).data.native),
    "simulated noise map": Case(expected_noise_map, lambda la: our_imaging(la).noise_map.native),
    "Planck15, angular diameter distances [kpc]": Case(
        lambda la: [la.cosmo.Planck15().angular_diameter_distance_between_redshifts_in_kpc_from(*pair) for pair in PAIRS],
        lambda la: [la.Planck15().angular_diameter_distance_between_redshifts_in_kpc_from(*pair) for pair in PAIRS],
        rtol=DISTANCE_RTOL,
    ),
    "Planck15, scaling factors": Case(
        lambda la: la.cosmo.Planck15().scaling_factor_between_redshifts_from(
            redshift_0=REDSHIFTS[0], redshift_1=REDSHIFTS[1], redshift_final=REDSHIFTS[2]
        ),
        lambda la: la.Planck15().scaling_factor_between_redshifts_from(*REDSHIFTS),
        rtol=RATIO_RTOL,
    ),
}
