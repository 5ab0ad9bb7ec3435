"""The forward simulator beside its peers, in one process: `python benchmarks/forward.py [--out FILE]`; see README.md.

The scene is an image of 100x100 pixels of 0.05", over-sampled 4 times, with a PSF of 11x11 pixels: a power law with shear,
30 subhaloes, 1000 haloes on eight planes of the line of sight, a cored Sersic source, Poisson noise. autolens's own way
takes 20 to 60 seconds and 3 to 9 GB for an image: see that nothing else runs.
"""

import argparse
import functools
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)  # before autolens is imported, which else decides by who came first

import forward_paltax  # noqa: E402
import forward_peers as peers  # noqa: E402
import numpy as np  # noqa: E402
from forward_measure import CLOCKS, Contender, fastest, load  # noqa: E402
from forward_rows import OURS, ROWS, THEIRS, Row, rows_of  # noqa: E402
from forward_scene import PSF_SHAPE, Scene, error_in_sigma, theta_of  # noqa: E402
from harness import header, si  # noqa: E402

AGREEMENT = {"f64": 1e-7, "f32": 1e-3}  # of the noise: how near a peer's image must be to the exact one
RAY_AGREEMENT = {"f64": 1e-6, "f32": 2e-2}  # arcsec; float32 rays of JAXtronomy are off by up to 0.008
COLUMNS = (
    "| scene | what | ours | time | theirs | time | theirs/ours | at least | aim | verdict | our error "
    "| compile, ours / theirs | temporary memory, ours / theirs |"
)
LIMIT_COLUMNS = "| what | measured | at most | aim | verdict | theirs |"


@functools.cache
def exact_image(scene: Scene) -> np.ndarray:
    """Return the image without noise in float64 with the direct sum, which all errors are measured against."""
    import forward_contenders

    return np.asarray(forward_contenders.one_image(scene, "direct", True, noise=False).answer())


@functools.cache
def disagreement(scene: Scene, theirs: str) -> str:
    """Return how far a peer's answer is from the exact one, and stop if that is too much."""
    kind, precision = theirs.rsplit(" ", 1)
    double, limit, unit = precision == "f64", AGREEMENT[precision], "sigma"
    if kind.endswith("rays"):
        value, limit, unit = ray_difference(scene, THEIRS[theirs](scene)), RAY_AGREEMENT[precision], "arcsec"
    elif kind == "autolens":
        value = error_in_sigma(peers.autolens(scene, double, noise=False).answer(), exact_image(scene))
    else:  # no light from beyond the border: compared where the PSF does not reach it
        inner = (slice(PSF_SHAPE[0] // 2, -(PSF_SHAPE[0] // 2)),) * 2
        value = error_in_sigma(np.asarray(THEIRS[theirs](scene).answer())[inner], exact_image(scene)[inner])
    if not value <= limit:
        raise SystemExit(f"{theirs} is {value:.1e} {unit} from the exact answer of '{scene.name}'; {limit:g} is allowed.")
    return f"{theirs}: {value:.1e} {unit}"


def ray_difference(scene: Scene, contender: Contender) -> float:
    """Return the largest distance between their positions on the plane of the source and ours [arcsec]."""
    import forward_ours
    from forward_jaxtronomy import sub_pixels

    y, x = forward_ours.traced_positions(scene, theta_of(scene), "direct", *sub_pixels(scene))
    their_x, their_y = contender.answer()
    return float(np.max(np.hypot(np.asarray(their_x) - x, np.asarray(their_y) - y)))


@functools.cache
def error_of(scene: Scene, name: str) -> float:
    return error_in_sigma(np.asarray(OURS[name][1](scene).answer()), exact_image(scene))


def contenders_of(rows: list[Row], *, theirs_only: bool) -> dict[str, Contender]:
    """Return all that is to be timed on one scene. One of ours that does not run fails its rows, and costs no others."""
    contenders = {row.theirs: THEIRS[row.theirs](row.scene) for row in rows}
    for name in dict.fromkeys(name for row in rows for name in row.ours if not theirs_only):
        try:
            contenders[name] = OURS[name][0](rows[0].scene)
            contenders[name].answer()
        except Exception:
            contenders.pop(name, None)
            print(f"'{name}' did not run:", file=sys.stderr)
            traceback.print_exc()
    return contenders


def line(row: Row, seconds: dict[str, float], contenders: dict[str, Contender], *, theirs_only: bool) -> str:
    """Return one line of the table."""
    theirs = contenders[row.theirs]
    ran = [name for name in row.ours if name in seconds]
    if not ran:
        verdict = "-" if theirs_only else "FAIL (did not run)"
        cells = f"- | - | {row.theirs} | {si(seconds[row.theirs])} | - | {mark(row.at_least)} | {mark(row.aim)} | {verdict} | -"
        return f"| {row.scene.name} | {row.name} | {cells} | - / {taken(theirs)} | - / {memory(theirs)} |"
    name = min(ran, key=seconds.__getitem__)
    ours, ratio, error = contenders[name], seconds[row.theirs] / seconds[name], error_of(row.scene, name)
    passed = row.at_least is None or (ratio >= row.at_least and error <= (row.error or np.inf))
    verdict = "-" if row.at_least is None else "pass" if passed else "FAIL"
    return (
        f"| {row.scene.name} | {row.name} | {name} | {si(seconds[name])} | {row.theirs} | {si(seconds[row.theirs])} "
        f"| {ratio:.3g} | {mark(row.at_least)} | {mark(row.aim)} | {verdict} | {error:.1e} sigma "
        f"| {taken(ours)} / {taken(theirs)} | {memory(ours)} / {memory(theirs)} |"
    )


def mark(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def taken(contender: Contender) -> str:
    return "-" if contender.compile_seconds is None else si(contender.compile_seconds)


def memory(contender: Contender) -> str:
    """Return what an image takes of the temporary memory that XLA allocates."""
    used = contender.temporary_bytes
    return "-" if used is None else f"{used / contender.images / 1e6:.3g} MB"


def compared(rows: list[Row], *, theirs_only: bool, slow_calls: int, clock: str) -> Iterable[str]:
    """Yield the lines of the table, scene by scene; answers are compared before anything is timed."""
    yield from (COLUMNS, "|" + "---|" * (COLUMNS.count("|") - 1))
    agreed = []
    for scene in dict.fromkeys(row.scene for row in rows):
        here = [row for row in rows if row.scene == scene]
        if not theirs_only:
            agreed += [disagreement(scene, name) + f" ({scene.name})" for name in dict.fromkeys(row.theirs for row in here)]
        contenders = contenders_of(here, theirs_only=theirs_only)
        seconds = fastest(contenders, slow_calls=slow_calls, clock=CLOCKS[clock])
        yield from (line(row, seconds, contenders, theirs_only=theirs_only) for row in here)
    yield "\nThe peers' answers were compared with our exact ones: " + ("; ".join(agreed) or "not this time") + "."
    yield f"Times are the least of several calls, {clock} clock; load average {load()} at the end.\n"


def limits(keys: Iterable[str], *, quick: bool) -> Iterable[str]:
    """Yield the lines of what is held against a limit."""
    from forward_limits import LIMITS, process_peak

    yield from (LIMIT_COLUMNS, "|" + "---|" * (LIMIT_COLUMNS.count("|") - 1))
    for key in keys:
        for found in LIMITS[key](quick):
            passed = found.at_most is None or found.value <= found.at_most
            verdict = "-" if quick and key != "check" else "pass" if passed else "FAIL"
            yield f"| {found.name} | {found.text} | {mark(found.at_most)} | {mark(found.aim)} | {verdict} | {found.theirs} |"
    yield f"\nThe process had {process_peak()} at most, all libraries and peers included.\n"


LIMIT_KEYS = ("check", "memory", "compile", "gradient", "los")


def main() -> None:
    """Measure the rows that are asked for, print the table as it grows, and fail when a promise is not kept."""
    known = [*dict.fromkeys(row.key for row in ROWS), *LIMIT_KEYS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default=",".join(known), help=f"which rows, of {', '.join(known)}; all by default")
    parser.add_argument("--out", type=Path, help="also write the tables to this file")
    parser.add_argument("--quick", action="store_true", help="small scenes: seconds, to see that all works; no verdicts")
    parser.add_argument("--theirs-only", action="store_true", help="measure the peers alone")
    parser.add_argument("--slow-calls", type=int, default=2, help="calls of what takes longer than 10 s; at least 1")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="cpu: of all threads, for a machine that is busy")
    options = parser.parse_args()
    keys = options.rows.split(",")
    if not forward_paltax.installed():
        known, keys = ([key for key in names if key != "paltax"] for names in (known, keys))
    if unknown := set(keys) - set(known):
        parser.error(f"`--rows` must be of {', '.join(known)}, but has {', '.join(sorted(unknown))}")
    lines = [header("The forward simulator", ("lensarrays", "autolens", "jaxtronomy", "jax", "numpy", "numba"))]
    print(lines[0], flush=True)
    parts: list[Iterable[str]] = []
    if rows := rows_of(set(keys), quick=options.quick):
        parts.append(compared(rows, theirs_only=options.theirs_only, slow_calls=options.slow_calls, clock=options.clock))
    if (limited := [key for key in LIMIT_KEYS if key in keys]) and not options.theirs_only:
        parts.append(limits(limited, quick=options.quick))
    for text in (text for part in parts for text in part):
        lines.append(text)
        print(text, flush=True)
    if options.theirs_only and "los" in keys:
        from forward_limits import autolens_sampling

        print("LOSSampler:", autolens_sampling())
    if options.out:
        options.out.write_text("\n".join(lines) + "\n")
    if any("FAIL" in text for text in lines):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
