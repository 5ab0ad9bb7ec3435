"""The second scene of `lensarrays demo`: a lens with subhaloes, and many haloes along the line of sight."""

import time
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from rich.console import Console

from ..campaign import simulate_in_batches
from ..imaging import Imaging, SimulatorImaging
from ..models import Galaxy, HaloPopulation, Tracer, lp, mp
from ..models.haloes import Direct, Tree
from ..models.los_sampler import LOSSampler
from ..models.subhalo_sampler import SubhaloSampler
from ..structures import Array2D, Grid2D, Kernel2D
from .scenes import Spread, Theta, Timing, on_device, varied

PICTURE_NAME = "substructure.png"
FOLDER_NAME = "substructure"
PIXEL_SCALE = 0.05  # [arcsec]
EXPOSURE_TIME = 2000.0  # [second]
SKY_LEVEL = 0.1  # [electron / second]
Z_LENS, Z_SOURCE = 0.5, 2.0
LIGHTEST_SUBHALO, LIGHTEST_HALO = 1e8, 5e7  # [solar masses]

# Like Hubble's: a mirror of 2.4 metres, a third of its diameter in shadow, at 0.8 micron.
WAVELENGTH, DIAMETER, OBSCURATION = 0.8e-6, 2.4, 0.33

THETA: Theta = {
    "lens": {"centre": (0.0, 0.0), "ell_comps": (0.1, 0.05), "einstein_radius": 1.2, "slope": 2.0},
    "shear": {"gamma_1": 0.03, "gamma_2": -0.02},
    "source": {
        "centre": (0.05, 0.1),
        "ell_comps": (0.1, -0.1),
        "effective_radius": 0.15,
        "sersic_index": 1.2,
        "radius_break": 0.02,
        "intensity": 1.0,
    },
}
SPREAD: Spread = {
    "lens": {"ell_comps": 0.1, "einstein_radius": 0.2, "slope": 0.1},
    "shear": {"gamma_1": 0.03, "gamma_2": 0.03},
    "source": {"centre": 0.1},
}


class Haloes(NamedTuple):
    """What was drawn for one lens."""

    of_lens: list[HaloPopulation]  # of truncated NFW subhaloes, and of cored ones
    of_planes: list[tuple]  # a population and a mass sheet for each plane of the line of sight


class Samplers(NamedTuple):
    """Where haloes are drawn from."""

    subhaloes: SubhaloSampler
    line_of_sight: LOSSampler

    def draw(self, seed: int, index: int) -> Haloes:
        """Return the haloes of one lens, as NumPy arrays: to compile a draw is not worth it for this few."""
        random, los = np.random.default_rng((seed, index)), self.line_of_sight
        planes = [galaxy.mass for galaxy in los.galaxies_from(random, los.capacity)]
        return Haloes(self.subhaloes.populations_from(random, self.subhaloes.capacity), planes)


class Report(NamedTuple):
    """What was simulated and how fast."""

    imaging: Imaging
    smooth: Imaging  # without haloes
    difference: Array2D  # of the two before noise is added [noise]
    convergence: Array2D
    tracer: Tracer
    batch: Timing
    batch_size: int
    total_subhaloes: int
    total_haloes: int


def samplers_from(planes: tuple[int, int] = (4, 4)) -> Samplers:
    """Return samplers of about 30 subhaloes and 1000 haloes on planes before the lens, at it, and behind it."""
    einstein_radius = THETA["lens"]["einstein_radius"]
    subhaloes = SubhaloSampler(
        Z_LENS,
        Z_SOURCE,
        expected_haloes=30.0,
        einstein_radius=einstein_radius,
        radius_arcsec=2.2,
        m_min=LIGHTEST_SUBHALO,
        cored_fraction=0.3,
    )
    los = LOSSampler(Z_LENS, Z_SOURCE, *planes, m_min=LIGHTEST_HALO, einstein_radius=einstein_radius)
    return Samplers(subhaloes, los)


def tracer_from(theta: Theta, haloes: Haloes, redshifts: Any, halo_method: Direct | Tree = Tree()) -> Tracer:
    """Return a power law with shear and subhaloes, haloes on planes of these redshifts, and a cored Sersic source."""
    planes = [Galaxy(redshift=redshifts[k], mass=list(masses)) for k, masses in enumerate(haloes.of_planes)]
    lens = Galaxy(redshift=Z_LENS, mass=[mp.PowerLaw(**theta["lens"]), mp.ExternalShear(**theta["shear"]), *haloes.of_lens])
    source = Galaxy(redshift=Z_SOURCE, light=[lp.SersicCore(**theta["source"])])
    return Tracer([*planes, lens, source], halo_method=halo_method)


def convergence_from(theta: Theta, haloes: Haloes, grid: Grid2D) -> Array2D:
    """Return the convergence of a lens and of all haloes as if they were on one plane.

    `Tracer.convergence_2d_from` does the same; here planes are mapped over, so that one of them is compiled and not nine.
    """
    planes = jax.tree_util.tree_map(lambda *same: jnp.stack(same), *haloes.of_planes)
    lens = tracer_from(theta, Haloes(haloes.of_lens, []), []).convergence_2d_from(grid)
    of_planes = jax.lax.map(lambda masses: Galaxy(Z_LENS, mass=list(masses)).convergence_2d_from(grid).values, planes)
    return Array2D(lens.values + jnp.sum(of_planes, axis=0), grid.mask)


def simulate_all(
    seed: int,
    *,
    shape_native: tuple[int, int] = (100, 100),
    over_sample_size: int = 4,
    batch_size: int = 6,
    batches: int = 3,
    planes: tuple[int, int] = (4, 4),
    halo_method: Direct | Tree = Tree(),
) -> Report:
    """Simulate batches of lenses: one with its haloes, the same without them, and others with haloes of their own."""
    grid = Grid2D.uniform(shape_native, PIXEL_SCALE, over_sample_size=over_sample_size, xp=jnp)
    psf = Kernel2D.from_pupil((11, 11), PIXEL_SCALE, WAVELENGTH, DIAMETER, OBSCURATION, xp=jnp)
    simulator, unblurred = (SimulatorImaging(EXPOSURE_TIME, SKY_LEVEL, psf=kernel) for kernel in (psf, None))
    samplers = samplers_from(planes)
    redshifts = samplers.line_of_sight.redshifts

    def simulate(sample: tuple[Theta, Haloes], key: Any) -> tuple[Imaging, Imaging]:
        """Return what is observed, and what is expected to be."""
        expected = simulator.via_tracer_from(tracer_from(*sample, redshifts, halo_method), grid)
        seen = unblurred.via_image_from(expected.data, key)  # it is blurred already
        return Imaging(seen.data, seen.noise_map, psf, over_sample_size), expected

    samples = _samples_from(samplers, seed, batch_size * batches)
    first, batch = _timed_in_batches(simulate, samples, jax.random.key(seed), batch_size)
    (imaging, expected), (smooth, smooth_expected) = (_part(first, index) for index in (0, 1))
    haloes = _part(samples[1], 0)
    return Report(
        imaging,
        smooth,
        (expected.data - smooth_expected.data) / expected.noise_map,
        jax.jit(convergence_from)(on_device(THETA), haloes, grid),
        tracer_from(THETA, haloes, redshifts, halo_method),
        batch,
        batch_size,
        sum(int(population.total_haloes) for population in haloes.of_lens),
        sum(int(masses[0].total_haloes) for masses in haloes.of_planes),
    )


def _samples_from(samplers: Samplers, seed: int, total: int) -> tuple[Theta, Haloes]:
    """Return lenses and their haloes, along the first axis; the first two are the same lens, which the second time has none."""
    thetas = varied(THETA, SPREAD, total, seed)
    thetas = jax.tree_util.tree_map(lambda one, several: several.at[:2].set(one), on_device(THETA), thetas)
    drawn = [samplers.draw(seed, index) for index in range(total)]
    # Zeros everywhere are slots without a halo, and sheets without mass.
    drawn[1] = jax.tree_util.tree_map(np.zeros_like, drawn[0])
    return thetas, jax.tree_util.tree_map(lambda *same: np.stack(same), *drawn)


def _part(samples: Any, index: int) -> Any:
    return jax.tree_util.tree_map(lambda array: array[index], samples)


def _timed_in_batches(simulate: Any, samples: Any, key: Any, batch_size: int) -> tuple[Any, Timing]:
    """Return the results of the first batch, and how long it takes to compile them, and to run each of those after it."""
    side_by_side = 1 if jax.default_backend() == "cpu" else batch_size
    start, ends, results = time.perf_counter(), [], []
    for batch in simulate_in_batches(simulate, samples, key, batch_size=batch_size, vmap_size=side_by_side, progress=False):
        ends.append(time.perf_counter())
        results.append(batch.results)
    run = (ends[-1] - ends[0]) / (len(ends) - 1)
    return results[0], Timing(ends[0] - start - run, run)


def print_report(console: Console, report: Report) -> None:
    """Print what was simulated."""
    (ny, nx), sub, planes = report.imaging.shape_native, report.imaging.over_sample_size_lp, report.tracer.total_planes - 1
    difference = np.abs(np.asarray(report.difference.values))
    largest, typical = float(np.max(difference)), float(np.sqrt(np.mean(difference**2)))
    what = f"a power law with shear at z = {Z_LENS:g}, a cored Sersic source at z = {Z_SOURCE:g}"
    console.print(f"Simulating a lens with haloes: {what}; a Hubble-like pupil")
    console.print(
        f"haloes: {report.total_subhaloes} in the lens, of {LIGHTEST_SUBHALO:.0e} solar masses and more, some with a core"
    )
    console.print(f"        {report.total_haloes} on {planes} planes, of {LIGHTEST_HALO:.0e} solar masses and more")
    console.print(f"image:  {ny} x {nx} pixels of {PIXEL_SCALE} arcsec, {sub} x {sub} sub-pixels in each")
    console.print(f"        haloes change it by up to {largest:.1f} times the noise, by {typical:.2f} in the root mean square")
