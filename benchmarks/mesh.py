"""Meshes of vertices beside autolens, in one process and on one thread: `python benchmarks/mesh.py`; see README.md.

From S vertices and Q points, both traced through a lens, to the table of indexes and weights: the vertices are triangulated,
the points are located, and their weights computed. Every draw is another lens.
"""

import imaging_likelihood_threads  # noqa: F401, I001

import argparse
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np
from harness import Contender, header, mib, si
from imaging_likelihood_measure import in_turns, load, ratio
from mesh_contenders import CONTENDERS, ours, theirs
from mesh_scene import PROBLEMS, Problem

COLUMNS = (
    "| mesh | how | problem | ours | autolens | autolens/ours | at least | aim | verdict | difference "
    "| first call, ours / autolens | peak memory, ours / autolens |"
)
# What issue 5 promises, of the largest problem.
TARGETS = {
    ("Delaunay", "NumPy"): (2.5, 6.0),
    ("Delaunay", "JAX jit"): (100.0, 200.0),
    ("Delaunay", "JAX gradient"): (40.0, 80.0),
}
# By how much answers may differ, as a part of the largest one. Of natural neighbours autolens loses digits near vertices.
AGREEMENT = {"Delaunay": 1e-9, "DelaunayNN": 1e-4}


@dataclass(frozen=True)
class Row:
    """A mesh, what it is computed with, and of how many points."""

    mesh: str
    how: str
    problem: Problem

    @property
    def targets(self) -> tuple[float | None, float | None]:
        """How many times faster we promise to be at least, and what we aim at; None where nothing is promised."""
        return TARGETS.get((self.mesh, self.how), (None, None)) if self.problem == PROBLEMS[-1] else (None, None)


def first_call(contender: Contender) -> float:
    """Return the seconds of the first call, with what it compiles."""
    argument = jax.block_until_ready(contender.prepare(0))
    before = time.perf_counter()
    jax.block_until_ready(contender.call(argument))
    return time.perf_counter() - before


def difference_of(answers: list[np.ndarray], expected: list[np.ndarray]) -> float:
    """Return by how much answers differ at most, as a part of the largest number among them."""
    pairs = zip(answers, expected, strict=True)
    return max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs)


def line(row: Row, options: argparse.Namespace) -> str:
    """Measure a row, and return its line of the table; stop if the answers differ by too much."""
    contenders = {name: CONTENDERS[row.how](make, row.mesh, row.problem) for name, make in (("ours", ours), ("theirs", theirs))}
    firsts = {name: first_call(contender) for name, contender in contenders.items()}
    times = in_turns(contenders, draws=options.draws, rounds=options.rounds, clock="cpu")
    difference = difference_of(times["ours"].answers, times["theirs"].answers)
    if not difference <= AGREEMENT[row.mesh]:
        raise SystemExit(f"{row} differs by {difference:.1e} of the largest number; {AGREEMENT[row.mesh]:g} is allowed.")
    faster, (at_least, aim) = ratio(times["theirs"], times["ours"]), row.targets
    verdict = "-" if at_least is None else "pass" if faster >= at_least else "FAIL"
    memory = {name: contender.memory() if contender.memory else 0 for name, contender in contenders.items()}
    cells = (
        *(row.mesh, row.how, row.problem.name, si(times["ours"].median), si(times["theirs"].median), f"{faster:.2f}"),
        *("-" if value is None else f"{value:g}" for value in (at_least, aim)),
        *(verdict, f"{difference:.1e}", f"{si(firsts['ours'])} / {si(firsts['theirs'])}"),
        f"{mib(memory['ours'])} / {mib(memory['theirs'])}",
    )
    return f"| {' | '.join(cells)} |"


def lines(options: argparse.Namespace) -> Iterable[str]:
    """Yield the table as it grows."""
    yield header("Meshes of vertices", ("lensarrays", "autolens", "jax", "numpy", "scipy", "numba"))
    yield from (COLUMNS, "|" + "---|" * (COLUMNS.count("|") - 1))
    for mesh in options.meshes.split(","):
        for problem in PROBLEMS[: options.problems]:
            yield from (line(Row(mesh, how, problem), options) for how in CONTENDERS)
    calls = f"medians over {options.draws} draws of the least of {options.rounds} calls in turns"
    yield f"\nTimes are {calls}, CPU clock, one core."
    yield f"Load average {load()} at the end."


def main() -> None:
    """Print the table, and fail when a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--meshes", default="Delaunay,DelaunayNN", help="which of Delaunay and DelaunayNN; both by default")
    parser.add_argument("--problems", type=int, default=len(PROBLEMS), help="how many sizes, from the smallest on")
    parser.add_argument("--draws", type=int, default=4, help="lenses, the same for both libraries")
    parser.add_argument("--rounds", type=int, default=3, help="calls for each of them, of which the fastest counts")
    parser.add_argument("--out", type=Path, help="also write the table to this file")
    options = parser.parse_args()
    written = []
    for text in lines(options):
        written.append(text)
        print(text, flush=True)
    if options.out:
        options.out.write_text("\n".join(written) + "\n")
    if any("FAIL" in text for text in written):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
