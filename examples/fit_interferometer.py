"""Fit a lens to visibilities, and find again what visibilities with the same baselines were made of.

    python examples/fit_interferometer.py ../shared/data/sma --out out/sma
    python examples/fit_interferometer.py ../shared/data/alma_17k --out out/alma

The folder has `data.fits`, `noise_map.fits` and `uv_wavelengths.fits`; what is known of its lens is in `SCENES`, under the name
of the folder. The source is reconstructed on Delaunay triangles behind the known lens, as smooth as the evidence says. Where it
is bright enough, the mass is looked for as well, with gradients, from a start that is off; a shear is held until the rest is
found. Then visibilities of the known lens in front of a source of a profile are simulated, as noisy or with less noise, and the
same search has to find that lens.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize

import lensarrays as la

REDSHIFTS = 0.5, 1.0
NAMES = "einstein_radius", "ell_comps[0]", "ell_comps[1]", "gamma_1", "gamma_2", "log10 coefficient"
OFFSETS = np.asarray([-0.05, -0.03, 0.03, 0.0, 0.0])  # of the start of a search
WIDTHS = np.asarray([0.3, 0.15, 0.15, 0.1, 0.1])  # of a search, to either side of where it starts
COEFFICIENTS = np.asarray([-4.0, 4.0])  # log10
SUB_SIZE = 4
BRIGHT_ENOUGH = 10.0  # signal to noise, for a mass to be looked for


class Scene(NamedTuple):
    """What is known of an observation, and how it is fitted.

    A pixel is at most half of a fringe of the longest baseline, 4.8e5 wavelengths of the first and 2.94e6 of the second.
    """

    mass: tuple[float, ...]  # as in `NAMES`
    has_shear: bool
    source: la.lp_linear.SersicCore
    pixel_scale: float  # [arcsec]
    radius: float  # [arcsec] of the mask
    mesh_shape: tuple[int, int]
    log10_coefficient: float  # at which a search begins
    noise_ratio: float  # of what is simulated, to that of the data

    @property
    def mask(self) -> la.Mask2D:
        """The pixels of the image plane that are fitted."""
        side = 2 * int(self.radius / self.pixel_scale) + 4
        return la.Mask2D.circular(shape_native=(side, side), pixel_scales=self.pixel_scale, radius=self.radius)


SCENES = {
    "sma": Scene(
        mass=(1.6, 0.107, 0.0014, 0.0, 0.0),
        has_shear=False,
        source=la.lp_linear.SersicCore((-0.32, -0.32), ell_comps=(0.1, -0.06), effective_radius=0.9, sersic_index=2.9),
        pixel_scale=0.2,
        radius=3.0,
        mesh_shape=(26, 26),
        log10_coefficient=-1.0,
        noise_ratio=1.0,
    ),
    "alma_17k": Scene(
        mass=(1.6, 1 / 19, 0.0, 0.05, 0.05),
        has_shear=True,
        source=la.lp_linear.SersicCore(ell_comps=(np.sqrt(3) / 18, -1 / 18), effective_radius=0.1, sersic_index=1.0),
        pixel_scale=0.035,
        radius=2.5,
        mesh_shape=(30, 30),
        log10_coefficient=2.5,
        noise_ratio=0.02,
    ),
}


def dataset_from(folder: Path, scene: Scene) -> la.Interferometer:
    """Return the observation, with rays enough in a pixel for a source that is smaller."""
    data, noise_map, uv_wavelengths = (folder / f"{name}.fits" for name in ("data", "noise_map", "uv_wavelengths"))
    sizes = {"over_sample_size_lp": SUB_SIZE, "over_sample_size_pixelization": SUB_SIZE}
    return la.Interferometer.from_fits(data, noise_map, uv_wavelengths, scene.mask, **sizes)


def lens_from(x: Any) -> la.Galaxy:
    """Return the lens of parameters in the order of `NAMES`."""
    isothermal = la.mp.Isothermal(ell_comps=(x[1], x[2]), einstein_radius=x[0])
    return la.Galaxy(REDSHIFTS[0], mass=[isothermal, la.mp.ExternalShear(x[3], x[4])])


def fit_from(dataset: la.Interferometer, scene: Scene, x: Any) -> la.FitInterferometer:
    """Return the fit of a lens in front of a source on triangles, whose corners are traced from the image plane."""
    pixelization = la.Pixelization(
        la.mesh.Delaunay(),
        la.reg.Constant(coefficient=10.0 ** x[5]),
        image_mesh=la.image_mesh.Overlay(shape=scene.mesh_shape),
    )
    return la.FitInterferometer(dataset, la.Tracer([lens_from(x), la.Galaxy(REDSHIFTS[1], pixelization=pixelization)]))


def best_fit_from(dataset: la.Interferometer, scene: Scene, start: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Return the parameters (6,) with the highest evidence of those within the widths (5,); print how long that takes."""
    steps = np.asarray([*(0.1 * WIDTHS), 0.3])  # of the search: about as large for one parameter as for another
    negative = jax.jit(jax.value_and_grad(lambda z: -fit_from(dataset, scene, start + steps * z).log_evidence))

    def finite(z: np.ndarray) -> Any:
        value, slope = jax.tree.map(np.asarray, negative(jnp.asarray(z)))
        return (value, slope) if np.isfinite(value) else (1e12, 0.0 * slope)

    limits = [*((-width, width) for width in widths), COEFFICIENTS - start[5]]
    bounds = np.asarray(limits) / steps[:, None]
    first, *later = (seconds_of(negative, jnp.zeros(6)) for _ in range(4))
    begin = time.perf_counter()
    found = minimize(finite, np.zeros(6), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 40})
    seconds = time.perf_counter() - begin
    print(f"  value and gradient: first {first:.1f} s, then {1e3 * min(later):.0f} ms; {found.nfev} calls in {seconds:.1f} s")
    return start + steps * found.x


def seconds_of(function: Any, *arguments: Any) -> float:
    """Return how long a call takes [s]."""
    start = time.perf_counter()
    jax.block_until_ready(function(*arguments))
    return time.perf_counter() - start


def report(name: str, fit: la.FitInterferometer, x: np.ndarray, truth: Any = None) -> None:
    """Print how good a fit is, and its parameters, beside the true ones if they are known."""
    flux = float(np.sum(fit.model_image.values))
    gain = float(fit.dataset.data_term - fit.chi_squared)
    print(f"{name}: log evidence {float(fit.log_evidence):.2f}, chi squared / 2k {float(fit.reduced_chi_squared):.4f}")
    print(f"  lensed flux {flux:.4g} Jy; chi squared is {gain:.4g} lower than without a source")
    for i, parameter in enumerate(NAMES):
        true = f", true {truth[i]:.4f}" if truth is not None and i < len(truth) else ""
        print(f"  {parameter} {x[i]:.4f}{true}")


def true_tracer_from(dataset: la.Interferometer, scene: Scene) -> la.Tracer:
    """Return the known lens in front of the source of a profile, as bright as in the data; print how bright that is."""
    tracer = la.Tracer([lens_from(scene.mass), la.Galaxy(REDSHIFTS[1], light=scene.source)])
    fit = la.FitInterferometer(dataset, tracer)
    flux, signal = float(np.sum(fit.model_image.values)), signal_to_noise_of(fit)
    print(f"source of a profile: lensed flux {flux:.4g} Jy, at {signal:.1f} times its error")
    return fit.tracer_linear_light_profiles_to_light_profiles


def signal_to_noise_of(fit: la.FitInterferometer) -> float:
    """Return how many times its error the brightness of what was fitted is."""
    return float(np.sqrt(max(float(fit.dataset.data_term - fit.chi_squared), 0.0)))


def simulated_from(dataset: la.Interferometer, scene: Scene, tracer: la.Tracer) -> la.Interferometer:
    """Return an observation of a tracer with the baselines of another one."""
    noise_sigma = la.Visibilities(scene.noise_ratio * dataset.noise_map.values)
    simulator = la.SimulatorInterferometer(dataset.uv_wavelengths, 1.0, la.TransformerNUFFT, noise_sigma)
    grid = la.Grid2D.from_mask(scene.mask, over_sample_size=SUB_SIZE)
    simulated = simulator.via_tracer_from(tracer, grid, key=np.random.default_rng(0))
    return simulated.apply_over_sampling(SUB_SIZE, SUB_SIZE)


def searched(name: str, dataset: la.Interferometer, scene: Scene, out: Path) -> la.FitInterferometer:
    """Return the best fit of the mass and the coefficient, from a start that is off; write its picture."""
    held = np.asarray([1.0, 1.0, 1.0, 0.0, 0.0])  # a ring says little of shear and ellipticity apart
    # A source that is smoother than the evidence wants keeps the search from bending the lens to a source that is not there.
    x = np.asarray([*(scene.mass + OFFSETS), scene.log10_coefficient])
    for free in (held, np.ones(5))[: 1 + scene.has_shear]:
        x = best_fit_from(dataset, scene, x, WIDTHS * free)
    fit = fit_from(dataset, scene, x.tolist())  # plain numbers: NumPy makes and draws this fit
    report(name, fit, x, scene.mass)
    la.plot.fit_interferometer(fit, out / f"{name}.png")
    return fit


def run(folder: Path, out: Path, scene: Scene) -> dict[str, la.FitInterferometer]:
    """Fit what was observed, and what is simulated, write the pictures, and return the fits."""
    begin = time.perf_counter()
    dataset, fits = dataset_from(folder, scene), {}
    k, n = dataset.uv_wavelengths.shape[0], dataset.mask.pixels_in_mask
    print(f"{k} visibilities, {n} pixels, read and summed up in {time.perf_counter() - begin:.2f} s")
    la.plot.interferometer(dataset, out / "observed.png")
    x = best_fit_from(dataset, scene, np.asarray([*scene.mass, scene.log10_coefficient]), np.zeros(5))
    seconds = [seconds_of(lambda: fit_from(dataset, scene, x.tolist()).log_evidence) for _ in range(3)]
    fits["known"] = fit_from(dataset, scene, x.tolist())
    report("known", fits["known"], x)
    print(f"  {1e3 * min(seconds):.0f} ms a fit with NumPy")
    la.plot.fit_interferometer(fits["known"], out / "known.png")
    truth = true_tracer_from(dataset, scene)
    if signal_to_noise_of(la.FitInterferometer(dataset, truth)) > BRIGHT_ENOUGH:
        fits["found"] = searched("found", dataset, scene, out)
    else:
        print("too faint for its mass to be looked for")
    simulated = simulated_from(dataset, scene, truth)
    la.plot.interferometer(simulated, out / "simulated.png")
    fits["recovered"] = searched("recovered", simulated, scene, out)
    image = truth.image_2d_from(simulated.grid)
    print(f"  true lensed flux {float(np.sum(image.values)):.4g} Jy; written to {out}/")
    return fits


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the observation is: " + " or ".join(SCENES))
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the pictures")
    options = parser.parse_args(arguments)
    jax.config.update("jax_enable_x64", True)  # evidences need double precision
    try:
        if options.folder.name not in SCENES:
            known = " or ".join(SCENES)
            raise ValueError(f"`folder` must be {known}, but is '{options.folder}'; add what is known of it to `SCENES`.")
        run(options.folder, options.out, SCENES[options.folder.name])
    except (OSError, ValueError) as err:
        print(f"fit_interferometer: {err}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
