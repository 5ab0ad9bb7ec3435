"""Time and memory against the number of visibilities: `python benchmarks/interferometer_scaling.py`; see README.md.

From the coverage of an ALMA-like dataset, each copy of it turned and shaken, up to ten million visibilities are made; each size
has a process of its own, which makes a dataset of them (w-tilde, dirty image, data term) and computes the log evidence of a
source. Both libraries have all cores.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from harness import header, si
from interferometer_scene import ARCSEC, EINSTEIN_RADIUS, Problem

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "alma_17k"
SIZES = (17_000, 100_000, 1_000_000, 10_000_000)
RADIUS, SIDE = 3.5, 234  # arcsec, pixels: of 0.03", which show what is below 3.4e6 wavelengths
SHAKEN = 0.01  # of the longest baseline
SIGMA = 0.1  # of the image of a source of unit flux
LIMIT = 3e9  # bytes at most, at the largest size
COLUMNS = (
    "| library | visibilities | w-tilde, wall (CPU) | dirty image and data term | first log evidence | next ones "
    "| memory before | peak memory | verdict | log evidence |"
)


def coverage(folder: Path, number: int) -> np.ndarray:
    """Return so many uv wavelengths, (k, 2): the dataset's as they are, and then turned and shaken copies of them."""
    from astropy.io import fits

    own = np.asarray(fits.getdata(folder / "uv_wavelengths.fits"), dtype=np.float64)
    generator, result = np.random.default_rng(8), np.empty((number, 2))
    for begin in range(0, number, len(own)):
        angle = generator.uniform(0, 2 * np.pi) if begin else 0.0
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        step = SHAKEN * np.abs(own).max() * generator.standard_normal(own.shape) if begin else 0.0
        part = result[begin : begin + len(own)]
        part[:] = (own @ turn + step)[: len(part)]
    return result


def visibilities(uv_wavelengths: np.ndarray) -> np.ndarray:
    """Return the visibilities of two Gaussian spots of unit flux on the Einstein ring, and noise, (k,)."""
    generator, result = np.random.default_rng(9), np.empty(len(uv_wavelengths), dtype=np.complex128)
    for begin in range(0, len(result), 100_000):
        u, v = uv_wavelengths[begin : begin + 100_000].T * 2 * np.pi * ARCSEC
        spots = np.exp(-1j * EINSTEIN_RADIUS * (0.8 * u + 0.6 * v)) + np.exp(1j * EINSTEIN_RADIUS * u)
        noise = generator.standard_normal((2, len(u)))
        result[begin : begin + len(u)] = spots * np.exp(-0.5 * SIGMA**2 * (u**2 + v**2)) + noise[0] + 1j * noise[1]
    return result


def main_of_child(library: str, folder: Path, number: int) -> None:
    """Print what was measured in this process, as JSON."""
    side = {"ours": ours, "autolens": autolens}[library]
    problem = Problem(f"K = {number}", SIDE, number, radius=RADIUS)
    uv_wavelengths = coverage(folder, number)
    print(json.dumps(side(problem, uv_wavelengths, visibilities(uv_wavelengths))))


def ours(problem: Problem, uv_wavelengths: np.ndarray, data: np.ndarray) -> dict[str, Any]:
    """Return the seconds (wall and CPU) of each part of ours, and the memory before and at most."""
    import interferometer_ours as library
    import interferometer_scene as scene

    import lensarrays as la

    mask, mapper = library.mask(problem), library.mapper(problem, scene.mapping(problem).weights)
    terms = la.reg.Constant(coefficient=1.0).terms_from(mapper)
    observed, noise_map = la.Visibilities(data), la.Visibilities.full(1 + 1j, len(data))
    del data

    def evidence(seen: Any) -> float:
        constants = (seen.w_tilde, seen.weighted_dirty_image, seen.data_term, seen.noise_normalization)
        options = {"mappers": [mapper], "regularization_terms": [terms], "use_positive_only_solver": False}
        return float(library.interferometer_inversion_from(*constants, **options).evidence.log_evidence)

    few = (la.Visibilities(part.values[:1000]) for part in (observed, noise_map))
    library.Interferometer(*few, uv_wavelengths[:1000], mask)  # what is compiled once is compiled before
    before, found = peak(), {}
    w_tilde, found["w-tilde"] = timed(lambda: library.WTilde.from_uv_wavelengths(uv_wavelengths, noise_map, mask))
    seen, found["rest"] = timed(lambda: library.Interferometer(observed, noise_map, uv_wavelengths, mask, w_tilde=w_tilde))
    value, found["first"] = timed(lambda: evidence(seen))
    _, found["next"] = timed(lambda: evidence(seen))
    return found | {"before": before, "peak": peak(), "evidence": value}


def autolens(problem: Problem, uv_wavelengths: np.ndarray, data: np.ndarray) -> dict[str, Any]:
    """Return the same of autolens."""
    import interferometer_autolens as library
    import interferometer_scene as scene

    mapper = library.mapper(problem, scene.mapping(problem).weights)
    sigma = np.ones(len(data))
    seen = scene.Observation(data, sigma, uv_wavelengths)
    before, found = peak(), {}
    operator, found["w-tilde"] = timed(lambda: library.w_tilde(problem, sigma, uv_wavelengths))
    dataset = library.dataset_of(problem, seen)
    made, found["rest"] = timed(lambda: dataset.apply_sparse_operator(nufft_precision_operator=operator))
    value, found["first"] = timed(lambda: library.log_evidence(made, mapper, positive_only=False))
    _, found["next"] = timed(lambda: library.log_evidence(made, mapper, positive_only=False))
    return found | {"before": before, "peak": peak(), "evidence": value}


def timed(call: Callable[[], Any]) -> tuple[Any, tuple[float, float]]:
    """Return what a call returns, and its seconds by the wall clock and by that of the CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = call()
    return result, (time.perf_counter() - wall, time.process_time() - cpu)


def peak() -> int:
    """Return the most bytes of memory that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def line(library: str, number: int, folder: Path, *, checked: bool) -> str:
    """Return a line of the table, measured in a fresh process."""
    command = [sys.executable, __file__, "--child", library, "--data", str(folder), "--sizes", str(number)]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        return f"| {library} | {number:.3g} | failed: {(run.stderr.strip().splitlines() or ['killed'])[-1]} | | | | | | | |"
    found = json.loads(run.stdout.splitlines()[-1])
    wall, cpu = found["w-tilde"]
    seconds = " | ".join(si(found[key][0]) for key in ("rest", "first", "next"))
    verdict = "-" if not checked else "pass" if found["peak"] <= LIMIT else f"FAIL: more than {LIMIT / 1e9:g} GB"
    memory = " | ".join(f"{found[key] / 1e9:.2f} GB" for key in ("before", "peak"))
    return f"| {library} | {number:.3g} | {si(wall)} ({si(cpu)}) | {seconds} | {memory} | {verdict} | {found['evidence']:.4f} |"


def main() -> None:
    """Measure the sizes that are asked for, print the table as it grows, and fail when it takes more memory than promised."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of uv_wavelengths.fits")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of visibilities")
    parser.add_argument("--libraries", default="ours,autolens", help="ours, autolens or both")
    parser.add_argument("--out", type=Path, help="also write the table to this file")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sizes = [int(float(size)) for size in options.sizes.split(",")]
    if options.child:
        return main_of_child(options.child, options.data, sizes[0])
    lines = [header("Interferometry, by the number of visibilities", ("lensarrays", "autolens", "jax", "numpy", "finufft"))]
    lines += [COLUMNS, "|" + "---|" * (COLUMNS.count("|") - 1)]
    print("\n".join(lines), flush=True)
    for library in options.libraries.split(","):
        for number in sizes:
            lines.append(line(library, number, options.data, checked=library == "ours"))
            print(lines[-1], flush=True)
    if options.out:
        options.out.write_text("\n".join(lines) + "\n")
    if any("FAIL" in text for text in lines):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
