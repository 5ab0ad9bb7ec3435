"""Simulate a lens with the PSF and the noise of a real Euclid observation, draw it beside the observation, and check it.

    python examples/euclid_vis.py vis.fits --out out

The file is a VIS cut-out of the Euclid Q1 Strong Lensing Discovery Engine: HDU 1 is the flux, 2 the PSF, 3 the RMS map, in
pixels of 0.1 arcsec. The lens that is simulated resembles the observed one, and is no measurement of it. As everywhere in
lensarrays, row 0 of the file is drawn at the top, so north is down. The exit status is 1 if a check fails.
"""

import argparse
import sys
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import lensarrays as la
from lensarrays.imaging.dataset import FILE_NAMES

PIXEL_SCALE = 0.1  # [arcsec]
FLUX_HDU, PSF_HDU, RMS_HDU = 1, 2, 3
SIDE = 101  # [pixels] of the cut-out about the lens
DRAWS = 256
PICTURE_NAMES = ("beside.png", "arcs.png", "lens.png")
SIGMAS = 5.0  # how far a measurement that has a statistical error may be off


class Observation(NamedTuple):
    """A cut-out about a lens: its flux, the standard deviation of the flux, and the PSF, which is normalised."""

    flux: la.Array2D
    rms: la.Array2D
    psf: la.Kernel2D


class NoiseLevel(NamedTuple):
    """The exposure time and sky that give the noise of an observation, if its flux is taken for electrons per second."""

    exposure_time: float
    background_sky_level: float
    background_rms: float


class Check(NamedTuple):
    """A number that must be between two others, both included."""

    name: str
    value: float
    low: float
    high: float

    @property
    def is_passed(self) -> bool:
        """Whether it is; NaN is not."""
        return bool(self.low <= self.value <= self.high)

    def __str__(self) -> str:
        verdict = "ok    " if self.is_passed else "FAILED"
        return f"{verdict}  {self.name}: {self.value:.7g}, allowed {self.low:.7g} to {self.high:.7g}"


def read_observation(path: Path, side: int = SIDE) -> Observation:
    """Read the PSF, and the flux and RMS about the brightest pixel in the middle of the field."""
    flux = la.Array2D.from_fits(path, PIXEL_SCALE, hdu=FLUX_HDU).native
    rms = la.Array2D.from_fits(path, PIXEL_SCALE, hdu=RMS_HDU).native
    psf = la.Kernel2D.from_fits(path, PSF_HDU, PIXEL_SCALE).normalized
    if min(flux.shape) < side or rms.shape != flux.shape:
        raise ValueError(
            f"The flux must have at least {side} rows and columns, and the RMS map as many as the flux, but they have "
            f"{flux.shape} and {rms.shape}; choose another file."
        )
    margin = side // 2
    middle = flux[margin : flux.shape[0] - margin, margin : flux.shape[1] - margin]
    row, column = np.unravel_index(np.argmax(middle), middle.shape)
    cut = np.s_[row : row + side, column : column + side]
    return Observation(la.Array2D.no_mask(flux[cut], PIXEL_SCALE), la.Array2D.no_mask(rms[cut], PIXEL_SCALE), psf)


def noise_level_from(observation: Observation) -> NoiseLevel:
    """Return the noise level of an observation: its variance is a background plus the flux over the exposure time.

    Medians are taken, as some pixels were exposed for less time than others.
    """
    flux, variance = observation.flux.array, observation.rms.array**2
    faint, bright = flux**2 < 4 * variance, flux**2 > 100 * np.median(variance)
    if not bright.any():
        raise ValueError("The observation must have pixels 10 times brighter than its noise, but has none; choose another one.")
    per_flux = 0.0
    for _ in range(10):  # what is faint is not without light
        background = float(np.median((variance - per_flux * flux)[faint]))
        per_flux = float(np.median((variance[bright] - background) / flux[bright]))
    return NoiseLevel(1 / per_flux, background / per_flux, background**0.5)


def lens_model() -> tuple[la.Galaxy, la.Galaxy]:
    """Return a lens and a source galaxy like those of candidate 102020532_NEG589257492489565961.

    A least-squares fit with this package found them; the redshifts are made up, and do not matter with a single source.
    """
    centre = (0.034, 0.018)
    light = la.lp.Sersic(centre, ell_comps=(-0.017, 0.016), intensity=0.0513, effective_radius=1.047, sersic_index=5.15)
    mass = la.mp.Isothermal(centre, ell_comps=(-0.042, -0.088), einstein_radius=1.242)
    shear = la.mp.ExternalShear(gamma_1=-0.026, gamma_2=0.019)
    source = la.lp.Sersic(
        (-0.108, -0.092), ell_comps=(0.139, -0.178), intensity=0.016, effective_radius=0.163, sersic_index=2.06
    )
    return la.Galaxy(redshift=0.5, light=light, mass=[mass, shear]), la.Galaxy(redshift=1.0, light=source)


def simulator_for(observation: Observation, level: NoiseLevel) -> la.SimulatorImaging:
    """Return the camera that made an observation."""
    return la.SimulatorImaging(level.exposure_time, level.background_sky_level, psf=observation.psf)


def grid_for(observation: Observation, xp: Any = np) -> la.Grid2D:
    """Return the pixels of an observation, with 4 x 4 sub-pixels each, as arrays of NumPy or of JAX."""
    return la.Grid2D.uniform(observation.flux.shape_native, PIXEL_SCALE, over_sample_size=4, xp=xp)


def check_psf(psf: la.Kernel2D) -> list[Check]:
    """Check that a PSF neither makes nor loses light, and is nowhere negative but for rounding."""
    values = np.asarray(psf.array, dtype=float)
    return [
        Check("sum of the PSF", float(values.sum()), 1 - 1e-6, 1 + 1e-6),
        Check("smallest value of the PSF over its peak", float(values.min() / values.max()), -1e-5, 1.0),
    ]


def check_flux(observation: Observation, level: NoiseLevel) -> Check:
    """Check that the convolution conserves the flux of the lensed source alone, all of which is inside of the image."""
    lens, source = lens_model()
    tracer, grid = la.Tracer([la.Galaxy(lens.redshift, mass=lens.mass), source]), grid_for(observation)
    expected = simulator_for(observation, level).via_tracer_from(tracer, grid, key=None)
    before = np.asarray(tracer.image_2d_from(grid).array, dtype=float).sum()
    kept = np.asarray(expected.data.array, dtype=float).sum() / before
    return Check("flux after the convolution over that before", float(kept), 1 - 1e-3, 1 + 1e-3)


def check_noise_level(observation: Observation, level: NoiseLevel, imaging: la.Imaging, expected: la.Imaging) -> list[Check]:
    """Check the simulated noise against the RMS map of the observation, where there is only sky and where there is light."""
    flux, rms = observation.flux.array, observation.rms.array
    data, model, noise = (np.asarray(part.array) for part in (imaging.data, expected.data, imaging.noise_map))
    sky, bright = _is_sky(expected), flux > 10 * level.background_rms
    # The halo of the lens galaxy is everywhere, and has a little noise of its own.
    scatter = float(np.std((data - model)[sky] / np.sqrt(1 + model[sky] / level.background_sky_level)))
    return [
        Check("scatter of the simulated sky over the observation's RMS", scatter / level.background_rms, 0.95, 1.05),
        Check(
            "noise map where there is light over the observation's RMS",
            float(np.median(noise[bright] / rms[bright])),
            0.95,
            1.05,
        ),
    ]


def check_noise_map(expected: la.Imaging, draws: np.ndarray, exposure_time: float, sky: float) -> list[Check]:
    """Check that many draws (m, n) scatter about the expected image as its noise map says, on average and in every pixel."""
    data, noise = (np.asarray(part.array, dtype=float) for part in (expected.data, expected.noise_map))
    residuals = (np.asarray(draws, dtype=float) - data) / noise
    count, pixels = residuals.shape
    # The square of a standardised Poisson variable has the variance 2 + 1 / mean.
    variance = 2 + 1 / ((data + sky) * exposure_time)
    mean_error = np.sqrt(variance.mean() / residuals.size)
    in_pixels = (np.sum(residuals**2, axis=0) - count) / np.sqrt(count * variance)
    return [
        Check("mean residual over the noise", float(residuals.mean()), *(s * SIGMAS / residuals.size**0.5 for s in (-1, 1))),
        Check("chi-squared per pixel and draw", float((residuals**2).mean()), 1 - SIGMAS * mean_error, 1 + SIGMAS * mean_error),
        Check("largest deviation of chi-squared in a pixel over its error", float(np.abs(in_pixels).max()), 0.0, SIGMAS + 1),
        Check("scatter of chi-squared among pixels over its error", float(in_pixels.std()), *_about_one(pixels)),
    ]


def _is_sky(expected: la.Imaging) -> np.ndarray:
    """Return which pixels are of the darker half (n,)."""
    model = np.asarray(expected.data.array)
    return model < np.median(model)


def _about_one(size: int) -> tuple[float, float]:
    """Return between which values the standard deviation of so many standard normal variables is."""
    error = SIGMAS / (2 * size) ** 0.5
    return 1 - error, 1 + error


def draw_beside(observation: Observation, imaging: la.Imaging, expected: la.Imaging, lens_light: la.Array2D, out: Path) -> None:
    """Draw the simulation beside the observation, once as they are and once without the light of the lens galaxy."""
    images = {"observed": observation.flux, "simulated": imaging.data, "simulated, no noise": expected.data}
    la.plot.arrays_2d(images, out / "beside.png", unit="flux")
    arcs = {f"{title}, less the lens": image.native - lens_light.native for title, image in images.items()}
    arcs = {title: la.Array2D.no_mask(np.asarray(native), PIXEL_SCALE) for title, native in arcs.items()}
    la.plot.arrays_2d(arcs, out / "arcs.png", unit="flux", scale="linear", limits=(-0.01, 0.05))


def run(path: Path, out: Path, *, overwrite: bool = False, side: int = SIDE, draws: int = DRAWS, seed: int = 0) -> list[Check]:
    """Simulate beside an observation, write the files, and return the checks."""
    existing = [name for name in (*FILE_NAMES, *PICTURE_NAMES) if (out / name).exists()]
    if existing and not overwrite:
        raise FileExistsError(f"`--out` must be a new folder, but '{out}' has {', '.join(existing)}; add --overwrite.")
    observation = read_observation(path, side)
    level = noise_level_from(observation)
    simulator, grid, tracer = simulator_for(observation, level), grid_for(observation), la.Tracer(lens_model())
    # What is expected is found once, by NumPy in double precision; the many draws are JAX's.
    expected, jax_grid = simulator.via_tracer_from(tracer, grid, key=None), grid_for(observation, jnp)
    simulate = jax.jit(lambda key: simulator.via_tracer_from(tracer, jax_grid, key))
    imaging = simulate(jax.random.key(seed))
    many = jax.vmap(lambda key: simulate(key).data.array)(jax.random.split(jax.random.key(seed + 1), draws))

    imaging.output_to_fits(out, overwrite=overwrite)
    draw_beside(observation, imaging, expected, simulator.via_tracer_from(tracer.galaxies[0], grid, key=None).data, out)
    la.plot.lens(imaging, tracer, out / "lens.png", unit="flux")
    sky = (observation.flux.array - np.asarray(expected.data.array))[_is_sky(expected)]
    scatter = 1.4826 * float(np.median(np.abs(sky - np.median(sky)))) / level.background_rms
    print(f"noise of the sky {level.background_rms:.4g}, {level.exposure_time:.0f} electrons per unit of flux")
    print(f"the observed sky scatters by {scatter:.2f} of its RMS, as resampling mixed neighbouring pixels; the simulated by 1")
    print(f"written to {out}/: {', '.join(sorted(file.name for file in out.iterdir()))}")
    return [
        *check_psf(observation.psf),
        check_flux(observation, level),
        *check_noise_level(observation, level, imaging, expected),
        *check_noise_map(expected, many, level.exposure_time, level.background_sky_level),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fits", type=Path, help="the observation")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for what is made")
    parser.add_argument("--overwrite", action="store_true", help="replace the files of an earlier run")
    options = parser.parse_args(arguments)
    try:
        checks = run(options.fits, options.out, overwrite=options.overwrite)
    except (OSError, ValueError) as err:
        print(f"euclid_vis: {err}", file=sys.stderr)
        return 1
    print(*checks, sep="\n")
    failed = sum(not check.is_passed for check in checks)
    if failed:
        print(f"euclid_vis: {failed} of {len(checks)} checks failed", file=sys.stderr)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
