"""The rows of `imaging_likelihood.py` that are held against a limit and not against a peer; see README.md."""

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass

import imaging_likelihood_start as start
from harness import si
from imaging_likelihood_measure import in_turns, ratio
from imaging_likelihood_scene import PROBLEMS
from imaging_likelihood_threads import CORES


@dataclass(frozen=True)
class Limit:
    """What was measured, None for what was not asked for, what it may be at most, and what autolens has."""

    name: str
    value: float | None
    text: str
    at_most: float | None
    aim: float | None
    theirs: str = "-"


def gradient(options: argparse.Namespace) -> Iterator[Limit]:
    """Compare the evidence and its gradient with the evidence alone."""
    name = "value and gradient, as a multiple of the value"
    if options.theirs_only:
        return
    from imaging_likelihood_contenders import OURS

    for key, at_most, aim in (("rectangle", 3.0, 2.0), ("smooth", None, None), ("delaunay", None, None)):
        made = {name: OURS[name](PROBLEMS[key], options.data) for name in ("ours, NumPy", "ours, jitted", "ours, gradient")}
        times = in_turns(made, draws=options.draws, rounds=options.rounds, clock=options.clock)
        multiple, of_jitted = (ratio(times["ours, gradient"], times[other]) for other in ("ours, NumPy", "ours, jitted"))
        text = f"{multiple:.2f} x ({of_jitted:.2f} x the jitted value; {si(times['ours, gradient'].median)})"
        yield Limit(f"{PROBLEMS[key].name}: {name}", multiple, text, at_most, aim)


def first(options: argparse.Namespace) -> Iterator[Limit]:
    """Compute the first evidence of a fresh process."""

    def text(seconds: dict[str, float]) -> str:
        return ", ".join(f"{part} {si(seconds[part])}" for part in start.PARTS)

    theirs = start.seconds("theirs", options.data)
    ours = None if options.theirs_only else start.seconds("ours", options.data)
    value = None if ours is None else ours["first"]
    yield Limit("first evidence of a process, wall", value, "-" if ours is None else text(ours), 2.0, 0.3, text(theirs))


def threads(options: argparse.Namespace) -> Iterator[Limit]:
    """Compare one core with all of them, by the wall clock: our threads are as many as the process may run on cores."""
    if options.theirs_only or len(CORES) < 2:
        return
    from imaging_likelihood_contenders import OURS

    for key in ("rectangle", "delaunay", "gaussians"):
        made, times = {"ours": OURS["ours, NumPy"](PROBLEMS[key], options.data)}, []
        for cores in ({max(CORES)}, CORES):
            os.sched_setaffinity(0, cores)
            times.append(in_turns(made, draws=options.draws, rounds=options.rounds, clock="wall")["ours"])
        os.sched_setaffinity(0, {max(CORES)})
        one, all_cores = times
        text = f"{ratio(one, all_cores):.2f} x ({si(one.median)} and {si(all_cores.median)})"
        yield Limit(f"{PROBLEMS[key].name}: {len(CORES)} cores for one, wall", None, text, None, None)


LIMITS = {"gradient": gradient, "threads": threads, "start": first}
