"""What the benchmarks share: two libraries on the same input, in turns, in one process, with their answers compared first."""

import argparse
import datetime
import gc
import importlib.metadata
import os
import platform
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

COLUMNS = "| job | ours | theirs | ours/theirs | target | verdict | first call, ours / theirs | peak memory, ours / theirs |"
SAMPLE_SECONDS = 0.01  # a sample repeats short calls until it lasts this long, so that the clock's own cost does not count


@dataclass(frozen=True)
class Contender:
    """One library's way to do a job.

    Parameters
    ----------
    prepare : makes the argument of call `i`, untimed; a new one for every call, so that nothing cached on it is seen twice
    call : what is timed; its result is waited for, as JAX returns before it has finished
    answer : turns the result into a NumPy array, to be compared with the other library's
    memory : bytes that one call needs at most; by default what NumPy and Python allocate during it
    """

    prepare: Callable[[int], Any]
    call: Callable[[Any], Any]
    answer: Callable[[Any], np.ndarray]
    memory: Callable[[], int] | None = None


@dataclass(frozen=True)
class Case:
    """A job and the ratio ours/theirs that we promise; no target means that the row only informs."""

    name: str
    timed: str
    target: float | None
    ours: Callable[[], Contender]
    theirs: Callable[[], Contender]
    samples: int = 31
    rtol: float = 1e-12
    atol: float = 1e-12


@dataclass(frozen=True)
class Measured:
    """What was measured of one library: seconds of the first call and of every sample of later ones, and peak bytes."""

    first: float
    samples: list[float]
    memory: int

    @property
    def median(self) -> float:
        return statistics.median(self.samples)


def compiled_memory(compiled: Any) -> int:
    """Return the bytes that a compiled JAX function needs beside its arguments: its output and its workspace."""
    analysis = compiled.memory_analysis()
    return analysis.output_size_in_bytes + analysis.temp_size_in_bytes


def traced_memory(contender: Contender) -> int:
    """Return the peak of what Python and NumPy allocate during one call."""
    argument = contender.prepare(0)
    gc.collect()
    tracemalloc.start()
    contender.call(argument)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def seconds(contender: Contender, repeats: int, start: int) -> float:
    """Return the mean seconds of `repeats` calls, each with an argument of its own."""
    arguments = jax.block_until_ready([contender.prepare(start + i) for i in range(repeats)])
    gc.collect()
    gc.disable()
    before = time.perf_counter()
    for argument in arguments:
        jax.block_until_ready(contender.call(argument))
    elapsed = time.perf_counter() - before
    gc.enable()
    return elapsed / repeats


def compete(case: Case, *, theirs_only: bool = False) -> dict[str, Measured]:
    """Compare the answers, then time both libraries in turns, so that a busy machine slows both alike."""
    contenders = {"theirs": case.theirs()} | ({} if theirs_only else {"ours": case.ours()})
    firsts, answers = {}, {}
    for side, contender in contenders.items():
        argument = jax.block_until_ready(contender.prepare(0))
        before = time.perf_counter()
        result = jax.block_until_ready(contender.call(argument))
        firsts[side] = time.perf_counter() - before
        answers[side] = contender.answer(result)
    if not theirs_only:
        np.testing.assert_allclose(answers["ours"], answers["theirs"], rtol=case.rtol, atol=case.atol, err_msg=case.name)
    del answers
    repeats = {side: max(1, int(SAMPLE_SECONDS / seconds(c, 1, 1))) for side, c in contenders.items()}
    samples: dict[str, list[float]] = {side: [] for side in contenders}
    for sample in range(case.samples):
        for side, contender in contenders.items():
            samples[side].append(seconds(contender, repeats[side], 2 + sample * repeats[side]))
    return {
        side: Measured(firsts[side], samples[side], c.memory() if c.memory else traced_memory(c))
        for side, c in contenders.items()
    }


def verdict(ratio: float, target: float | None) -> str:
    """Return the cells for the target and for whether it is met."""
    return "- | -" if target is None else f"{target:g} | {'pass' if ratio <= target else 'FAIL'}"


def row(case: Case, measured: dict[str, Measured]) -> str:
    """Return one line of the table."""
    theirs, ours = measured["theirs"], measured.get("ours")
    if ours is None:
        return f"| {case.name} | - | {si(theirs.median)} | - | - | - | - / {si(theirs.first)} | - / {mib(theirs.memory)} |"
    ratio = ours.median / theirs.median
    return (
        f"| {case.name} | {si(ours.median)} | {si(theirs.median)} | {ratio:.3f} | {verdict(ratio, case.target)} "
        f"| {si(ours.first)} / {si(theirs.first)} | {mib(ours.memory)} / {mib(theirs.memory)} |"
    )


def si(value: float) -> str:
    """Return seconds in a readable unit."""
    for scale, unit in ((1.0, "s"), (1e-3, "ms")):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value * 1e6:.3g} us"


def mib(value: int) -> str:
    """Return bytes in MiB."""
    return f"{value / 2**20:.2f} MiB"


def header(title: str, packages: Iterable[str]) -> str:
    """Return what a reader needs in order to judge the numbers: date, versions, machine."""
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"# {title}\n\n{datetime.date.today()}; Python {platform.python_version()}; {versions}; "
        f"{processor()}, {os.cpu_count()} cores, JAX on {jax.default_backend()}; "
        f"load average {os.getloadavg()[0]:.1f} at the start.\n"
    )


def version(name: str) -> str:
    """Return an installed version, or say that the package runs from its source."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "(source)"


def processor() -> str:
    """Return the name of the processor; `platform` does not know it on Linux."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def main(title: str, cases: Iterable[Case], extra_rows: Callable[[bool], list[str]] = lambda theirs_only: []) -> None:
    """Run a script's cases, print the table as it grows, and fail when a target is missed."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--out", type=Path, help="also write the table to this file")
    parser.add_argument("--only", default="", help="run the cases whose name contains this")
    parser.add_argument("--theirs-only", action="store_true", help="measure autolens alone")
    options = parser.parse_args()
    cases = [case for case in cases if options.only in case.name]
    lines = [header(title, ("lensarrays", "autolens", "jax", "numpy", "scipy"))]
    lines += [
        "| job | ours | theirs | ours/theirs | target | verdict | first call, ours / theirs | peak memory, ours / theirs |"
    ]
    lines += ["|---|---|---|---|---|---|---|---|"]
    print("\n".join(lines), flush=True)
    for case in cases:
        lines.append(row(case, compete(case, theirs_only=options.theirs_only)))
        print(lines[-1], flush=True)
    lines += (extra := extra_rows(options.theirs_only) if not options.only else [])
    print("\n".join(extra))
    lines += ["", "What is timed:", "", *(f"- {case.name}: {case.timed}." for case in cases), ""]
    if options.out:
        options.out.write_text("\n".join(lines))
    if any("FAIL" in line for line in lines):
        raise SystemExit(1)
