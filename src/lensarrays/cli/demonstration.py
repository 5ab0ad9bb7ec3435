"""The job that `lensarrays demo` does: a lens through a telescope, under `jit`, `vmap` and `grad`; and one with haloes."""

import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from rich.console import Console
from rich.table import Table

from .. import plot
from ..imaging import Imaging, SimulatorImaging
from ..imaging.dataset import FILE_NAMES
from ..models import Galaxy, Tracer, lp, mp
from ..structures import Grid2D, Kernel2D
from . import substructure
from .scenes import Spread, Theta, Timing, on_device, timed, varied

PICTURE_NAME = "lens.png"
PIXEL_SCALE = 0.1  # [arcsec]
EXPOSURE_TIME = 2000.0  # [second]
SKY_LEVEL = 0.1  # [electron / second]
UNIT = "electron / second"

# Like Euclid's: a mirror of 1.2 metres, a third of its diameter in shadow, at 0.7 micron.
DIAMETER, OBSCURATION, WAVELENGTH = 1.2, 0.33, 0.7e-6

THETA: Theta = {
    "lens": {"centre": (0.0, 0.0), "ell_comps": (0.1, 0.05), "einstein_radius": 1.6, "slope": 1.9},
    "shear": {"gamma_1": 0.03, "gamma_2": -0.02},
    "source": {
        "centre": (0.09, 0.22),
        "ell_comps": (0.15, -0.1),
        "effective_radius": 0.13,
        "sersic_index": 1.3,
        "radius_break": 0.025,
        "intensity": 1.0,
    },
}
SPREAD: Spread = {
    "lens": {"ell_comps": 0.1, "einstein_radius": 0.3, "slope": 0.1},
    "shear": {"gamma_1": 0.03, "gamma_2": 0.03},
    "source": {"centre": 0.2, "ell_comps": 0.1},
}


class Report(NamedTuple):
    """What was simulated and how fast; `flux_kept` is the flux after the convolution over that before it."""

    imaging: Imaging
    gradient: Theta
    one: Timing
    batch: Timing
    grad: Timing
    batch_size: int
    flux_kept: float


def tracer_from(theta: Theta) -> Tracer:
    """Return a power law with shear at redshift 0.5, before a cored Sersic source at redshift 1."""
    lens = Galaxy(redshift=0.5, mass=[mp.PowerLaw(**theta["lens"]), mp.ExternalShear(**theta["shear"])])
    source = Galaxy(redshift=1.0, light=[lp.SersicCore(**theta["source"])])
    return Tracer(galaxies=[lens, source])


def thetas_from(batch_size: int, seed: int) -> Theta:
    """Return a batch of lenses: every number is an array with a leading axis."""
    return varied(THETA, SPREAD, batch_size, seed)


def simulate_all(
    psf: Kernel2D, seed: int, *, shape_native: tuple[int, int] = (100, 100), batch_size: int = 32, over_sample_size: int = 4
) -> Report:
    """Simulate one lens, a batch of them, and the gradient of the expected flux, each compiled apart to be timed."""
    grid = Grid2D.uniform(shape_native, PIXEL_SCALE, over_sample_size=over_sample_size, xp=jnp)
    simulator = SimulatorImaging(exposure_time=EXPOSURE_TIME, background_sky_level=SKY_LEVEL, psf=psf)

    def simulate(theta: Theta, key: Any) -> Imaging:
        return simulator.via_tracer_from(tracer=tracer_from(theta), grid=grid, key=key)

    def expected_flux(theta: Theta) -> Any:
        return simulate(theta, None).data.array.sum()

    theta = on_device(THETA)
    key, batch_key = jax.random.key(seed), jax.random.fold_in(jax.random.key(seed), 1)
    thetas, keys = thetas_from(batch_size, seed), jax.random.split(batch_key, batch_size)
    imaging, one = timed(simulate, theta, key)
    _, batch = timed(jax.vmap(simulate), thetas, keys)
    (flux, gradient), grad = timed(jax.value_and_grad(expected_flux), theta)
    kept = float(flux) / float(tracer_from(theta).image_2d_from(grid).array.sum())
    return Report(imaging, gradient, one, batch, grad, batch_size, kept)


def psf_from(psf_path: Path | None, hdu: int | str) -> Kernel2D:
    """Return the PSF of a FITS file, or by default one that is computed."""
    if psf_path is None:
        return Kernel2D.from_pupil((21, 21), PIXEL_SCALE, WAVELENGTH, DIAMETER, OBSCURATION, xp=jnp)
    return Kernel2D.from_fits(psf_path, hdu, PIXEL_SCALE, xp=jnp).normalized


def run(folder: Path, *, psf_path: Path | None, hdu: int | str, seed: int, overwrite: bool) -> None:
    """Do the demo, write its files to a folder, and print what was done.

    Raises
    ------
    FileExistsError
        If a file of an earlier run is in the folder and `overwrite` is not set; nothing is then done.
    OSError
        If the folder cannot be made or written to; nothing is then done.
    FileNotFoundError, OSError, ValueError
        As `Kernel2D.from_fits` and `SimulatorImaging` do.
    """
    of_substructure = folder / substructure.FOLDER_NAME
    names = [*FILE_NAMES, PICTURE_NAME, substructure.PICTURE_NAME]
    files = [*(folder / name for name in names), *(of_substructure / name for name in FILE_NAMES)]
    _check_free(folder, files, overwrite)
    console, start = Console(highlight=False, markup=False, soft_wrap=True), time.perf_counter()
    psf = psf_from(psf_path, hdu)
    what = "a power law with shear at z = 0.5, a cored Sersic source at z = 1"
    console.print(f"Simulating a lens: {what}; {jax.devices()[0].device_kind}, {psf.dtype}")
    with console.status("compiling ..."):
        report = simulate_all(psf, seed)
        report.imaging.output_to_fits(folder, overwrite=overwrite)
        plot.lens(report.imaging, tracer_from(THETA), folder / PICTURE_NAME, unit=UNIT)
    print_report(console, report, psf, psf_path)
    with console.status("compiling a lens with haloes ..."):
        haloes = substructure.simulate_all(seed)
        haloes.imaging.output_to_fits(of_substructure, overwrite=overwrite)
        picture = folder / substructure.PICTURE_NAME
        pictured = haloes.imaging, haloes.smooth, haloes.difference, haloes.convergence, haloes.tracer
        plot.substructure(*pictured, picture, unit=UNIT)
    substructure.print_report(console, haloes)
    print_timings(console, report, haloes)
    console.print(f"written to {folder}/: {', '.join(str(path.relative_to(folder)) for path in files)}")
    console.print(f"all of it in {time.perf_counter() - start:.1f} s")


def _check_free(folder: Path, files: list[Path], overwrite: bool) -> None:
    """Raise unless files can be written to a folder, and none is there, or they may be replaced."""
    for place in dict.fromkeys((folder, *(path.parent for path in files))):
        if place.exists() and not place.is_dir():
            raise FileExistsError(f"`--out` must be a folder, but '{place}' is a file; name another.")
        _check_writable(place)
    existing = ", ".join(str(path.relative_to(folder)) for path in files if path.exists())
    if existing and not overwrite:
        raise FileExistsError(
            f"`--out` must be a new folder, but '{folder}' has {existing}; add --overwrite, or choose another."
        )


def _check_writable(folder: Path) -> None:
    """Raise unless a folder, or what is missing of it, can be written; nothing is left behind."""
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        tempfile.TemporaryDirectory(dir=existing, prefix=".lensarrays-").cleanup()
    except OSError as err:
        raise OSError(
            f"`--out` must be a folder that can be written, but '{folder}' cannot, as '{existing}' says: {err.strerror}; name "
            f"another."
        ) from err


def print_report(console: Console, report: Report, psf: Kernel2D, psf_path: Path | None) -> None:
    """Print what was simulated."""
    (ny, nx), sub = report.imaging.shape_native, report.imaging.over_sample_size_lp
    ky, kx = psf.shape_native
    origin = f"from {psf_path}" if psf_path else "diffraction by a Euclid-like pupil, 1.2 m at 0.7 micron"
    signal_to_noise = float(report.imaging.signal_to_noise_map.array.max())
    slope = float(report.gradient["lens"]["einstein_radius"])
    console.print(f"image: {ny} x {nx} pixels of {PIXEL_SCALE} arcsec, {sub} x {sub} sub-pixels in each")
    console.print(f"       exposed for {EXPOSURE_TIME:g} s, with a sky of {SKY_LEVEL:g} {UNIT}")
    console.print(f"       signal to noise up to {signal_to_noise:.0f}")
    console.print(f"PSF:   {ky} x {kx} pixels, {origin}; its sum is {float(psf.array.sum()):.7f}")
    console.print(f"flux:  after the convolution {report.flux_kept:.7f} of that before it")
    console.print(f"       its gradient by the Einstein radius is {slope:.4g} {UNIT} / arcsec")


def print_timings(console: Console, report: Report, haloes: substructure.Report) -> None:
    """Print how fast it was."""
    table = Table("", "compile (s)", "run (ms)", "per image (ms)")
    size, of_each, total = report.batch_size, haloes.batch_size, haloes.total_subhaloes + haloes.total_haloes
    rows = [
        ("one image", report.one, 1),
        (f"a batch of {size}", report.batch, size),
        ("flux and gradient", report.grad, 1),
        (f"a batch of {of_each}, {total} haloes", haloes.batch, of_each),
    ]
    for what, timing, images in rows:
        table.add_row(what, f"{timing.compile:.2f}", f"{1e3 * timing.run:.1f}", f"{1e3 * timing.run / images:.1f}")
    console.print(table)
