"""The imaging likelihood beside autolens, in one process: `python benchmarks/imaging_likelihood.py`; see README.md.

The observation is a simulated HST lens: 15361 pixels within 3.5" at 0.05", a PSF of 21x21 pixels; 60 linear Gaussians for the
light of the lens, a source on 39x39 rectangles or 1500 Delaunay vertices, or 20 + 20 Gaussians for both.
"""

import imaging_likelihood_threads  # noqa: F401, I001

import argparse
from collections.abc import Iterable
from pathlib import Path

from harness import Contender, header, si
from imaging_likelihood_limits import LIMITS
from imaging_likelihood_measure import CLOCKS, Times, in_turns, largest_difference, load, ratio
from imaging_likelihood_rows import AGREEMENT, EXACT, THEIRS, Row, rows
from imaging_likelihood_scene import DATA

COLUMNS = "| what | problem | ours | time | theirs | time | theirs/ours | at least | aim | verdict | difference |"
LIMIT_COLUMNS = "| what | measured | at most | aim | verdict | theirs |"


def contenders_of(chosen: Iterable[Row], folder: Path, *, theirs_only: bool) -> dict[str, Contender]:
    """Return the contenders of rows that have one problem."""
    made = {row.theirs: THEIRS[row.theirs](row.problem, folder) for row in chosen}
    if not theirs_only:
        from imaging_likelihood_contenders import OURS

        made |= {row.ours: OURS[row.ours](row.problem, folder) for row in chosen}
    return made


def line(row: Row, times: dict[str, Times]) -> str:
    """Return a line of the table, and stop if the answers of a row differ by too much."""
    theirs, ours = times[row.theirs], times.get(row.ours)
    start, mark = f"| {row.what} | {row.problem.name} ", lambda value: "-" if value is None else f"{value:g}"
    if ours is None:
        return f"{start}| - | - | {row.theirs} | {si(theirs.median)} | - | {mark(row.at_least)} | {mark(row.aim)} | - | - |"
    difference, allowed = largest_difference(ours.answers, theirs.answers), AGREEMENT.get(row.theirs, EXACT)
    if not difference <= allowed:
        raise SystemExit(f"{row.ours} is {difference:.1e} from {row.theirs} on '{row.problem.name}'; {allowed:g} is allowed.")
    times_faster = ratio(theirs, ours)
    verdict = "-" if row.at_least is None else "pass" if times_faster >= row.at_least else "FAIL"
    return (
        f"{start}| {row.ours} | {si(ours.median)} | {row.theirs} | {si(theirs.median)} | {times_faster:.2f} "
        f"| {mark(row.at_least)} | {mark(row.aim)} | {verdict} | {difference:.1e} |"
    )


def compared(chosen: list[Row], options: argparse.Namespace) -> Iterable[str]:
    """Yield the lines of the comparison, one group of rows after the other."""
    yield from (COLUMNS, "|" + "---|" * (COLUMNS.count("|") - 1))
    for group in dict.fromkeys((row.key, row.problem) for row in chosen):
        here = [row for row in chosen if (row.key, row.problem) == group]
        made = contenders_of(here, options.data, theirs_only=options.theirs_only)
        times = in_turns(made, draws=options.draws, rounds=options.rounds, clock=options.clock)
        yield from (line(row, times) for row in here)
    calls = f"medians over {options.draws} draws of the least of {options.rounds} calls"
    yield f"\nTimes are {calls}, {options.clock} clock, one core; ratios are medians over the draws."


def limited(keys: list[str], options: argparse.Namespace) -> Iterable[str]:
    """Yield the lines of what is held against a limit."""
    yield from (LIMIT_COLUMNS, "|" + "---|" * (LIMIT_COLUMNS.count("|") - 1))
    for found in (found for key in keys for found in LIMITS[key](options)):
        verdict = "-" if found.at_most is None or found.value is None else "pass" if found.value <= found.at_most else "FAIL"
        at_most, aim = ("-" if value is None else f"{value:g}" for value in (found.at_most, found.aim))
        yield f"| {found.name} | {found.text} | {at_most} | {aim} | {verdict} | {found.theirs} |"


def options_of(known: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default=",".join(known), help=f"which rows, of {', '.join(known)}; all by default")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of data.fits, noise_map.fits and psf.fits")
    parser.add_argument("--out", type=Path, help="also write the tables to this file")
    parser.add_argument("--draws", type=int, default=8, help="parameters that are computed, the same for all libraries")
    parser.add_argument("--rounds", type=int, default=3, help="calls for each of them, of which the fastest counts")
    parser.add_argument("--clock", choices=CLOCKS, default="cpu", help="cpu: of all threads, for a machine that is busy")
    parser.add_argument("--theirs-only", action="store_true", help="measure autolens alone")
    options = parser.parse_args()
    if unknown := set(options.rows.split(",")) - set(known):
        parser.error(f"`--rows` must be of {', '.join(known)}, but has {', '.join(sorted(unknown))}")
    return options


def main() -> None:
    """Measure the rows that are asked for, print the table as it grows, and fail when a promise is not kept."""
    table = rows()
    options = options_of([*dict.fromkeys(row.key for row in table), *LIMITS])
    keys = options.rows.split(",")
    lines = [header("The imaging likelihood", ("lensarrays", "autolens", "jax", "numpy", "numba"))]
    print(lines[0], flush=True)
    parts: list[Iterable[str]] = []
    if chosen := [row for row in table if row.key in keys]:
        parts.append(compared(chosen, options))
    if limits := [key for key in LIMITS if key in keys]:
        parts.append(limited(limits, options))
    for text in (text for part in parts for text in part):
        lines.append(text)
        print(text, flush=True)
    lines.append(f"\nLoad average {load()} at the end.")
    print(lines[-1])
    if options.out:
        options.out.write_text("\n".join(lines) + "\n")
    if any("FAIL" in text for text in lines):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
