"""Interferometry beside autojax and autolens, in one process: `python benchmarks/interferometer.py`; see README.md.

w-tilde, curvature matrices, the log evidence of a pixelised source, the log likelihood of an image, each with its gradient
under JAX where that is promised, and the transforms. The mesh is in `mesh.py`, the growth with the number of visibilities in
`interferometer_scaling.py`.
"""

import imaging_likelihood_threads  # noqa: F401, I001

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from harness import Contender, header, mib, si
from imaging_likelihood_measure import load
from interferometer_measure import CLOCKS, Measured, Part, in_rounds
from interferometer_rows import THEIRS, Measure, Row, rows
from interferometer_scene import DATA, Problem, direct_sums

COLUMNS = (
    "| what | problem | ours | time | theirs | time | theirs/ours | at least | aim | verdict | difference "
    "| first call, ours / theirs | peak memory, ours / theirs |"
)


def contenders_of(chosen: Iterable[Row], options: argparse.Namespace) -> dict[str, Contender]:
    """Return the contenders of rows that have one problem."""
    made = {row.theirs: THEIRS[row.theirs](row.problem, options.data) for row in chosen}
    if not options.theirs_only:
        from interferometer_ours import OURS

        made |= {row.ours: OURS[row.ours](row.problem, options.data) for row in chosen}
    return made


def difference(measure: Measure, ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return by how much two answers differ at most."""
    largest = float(np.max(np.abs(ours - theirs)))
    return largest if measure.kind == "nats" else largest / float(np.max(np.abs(theirs)))


def line(row: Row, made: dict[str, Contender], found: dict[str, Measured]) -> str:
    """Return a line of the table."""
    theirs, ours = found[row.theirs], found.get(row.ours)
    part, peer = made[row.theirs], row.theirs
    if isinstance(part, Part) and part.scale > 1:
        peer += f" (a part of the visibilities, x {part.scale:.0f})"
    mark = ["-" if value is None else f"{value:g}" for value in (row.at_least, row.aim)]
    start, first, most = f"| {row.what} | {row.problem.name} ", si(theirs.first), memory(theirs.memory)
    if ours is None:
        return f"{start}| - | - | {peer} | {si(theirs.least)} | - | {' | '.join(mark)} | - | - | - / {first} | - / {most} |"
    times = theirs.least / ours.least
    far = difference(row.measure, own_answer(row, part, ours), theirs.answer)
    verdict = "-" if row.at_least is None else "pass" if times >= row.at_least else "FAIL"
    if not far <= row.measure.allowed:
        verdict = f"FAIL: {row.measure.allowed:g} of difference is allowed"
    return (
        f"{start}| {row.ours} | {si(ours.least)} | {peer} | {si(theirs.least)} | {times:.2f} | {' | '.join(mark)} | {verdict} "
        f"| {far:.1e} | {si(ours.first)} / {first} | {memory(ours.memory)} / {most} |"
    )


def own_answer(row: Row, part: Contender, ours: Measured) -> np.ndarray:
    """Return our answer, or that of the part of the work that theirs is timed for."""
    if not isinstance(part, Part) or part.scale <= 1:
        return ours.answer
    from interferometer_ours import compact_values

    return compact_values(row.problem, *part.prepare(0))


def memory(value: int | None) -> str:
    return "-" if value is None else mib(value)


def errors(problem: Problem, found: dict[str, Measured], options: argparse.Namespace) -> str:
    """Return how far each w-tilde is from sums that are made one after the other, at some offsets."""
    (places, sums) = direct_sums(problem, options.data)
    largest = {
        name: np.max(np.abs(one.answer[tuple(places.T)] / one.answer[0, problem.side - 1] - sums))
        for name, one in found.items()
        if one.answer[0, problem.side - 1] > 0 and not name.startswith("autojax")
    }
    return "; ".join(f"{name}: {value:.1e}" for name, value in largest.items())


def compared(chosen: list[Row], options: argparse.Namespace) -> Iterable[str]:
    """Yield the lines of the comparison, one group of rows after the other."""
    yield from (COLUMNS, "|" + "---|" * (COLUMNS.count("|") - 1))
    notes = []
    for group in dict.fromkeys((row.key, row.problem) for row in chosen):
        here = [row for row in chosen if (row.key, row.problem) == group]
        made = contenders_of(here, options)
        found = in_rounds(made, rounds=options.rounds, clock=options.clock)
        yield from (line(row, made, found) for row in here)
        if group[0].startswith("w-"):
            notes.append(f"- {group[1].name}: {errors(group[1], found, options)}")
    if notes:
        yield from ("\nErrors of w-tilde at 48 offsets, against direct sums, in units of the peak:\n", *notes)
    yield f"\nTimes are the least of {options.rounds} or more, {options.clock} clock, one core; first calls by the wall clock."


def options_of(known: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default=",".join(known), help=f"which rows, of {', '.join(known)}; all by default")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the SMA dataset, three FITS files")
    parser.add_argument("--out", type=Path, help="also write the table to this file")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of calls in turns; slow calls have two, quick ones more")
    parser.add_argument("--clock", choices=CLOCKS, default="cpu", help="cpu: of all threads, for a machine that is busy")
    parser.add_argument("--theirs-only", action="store_true", help="measure autojax and autolens alone")
    options = parser.parse_args()
    if unknown := set(options.rows.split(",")) - set(known):
        parser.error(f"`--rows` must be of {', '.join(known)}, but has {', '.join(sorted(unknown))}")
    return options


def main() -> None:
    """Measure the rows that are asked for, print the table as it grows, and fail when a promise is not kept."""
    table = rows()
    options = options_of([*dict.fromkeys(row.key for row in table)])
    keys = options.rows.split(",")
    lines = [header("Interferometry", ("lensarrays", "autolens", "jax", "numpy", "numba", "finufft", "nufftax"))]
    print(lines[0], flush=True)
    for text in compared([row for row in table if row.key in keys], options):
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
