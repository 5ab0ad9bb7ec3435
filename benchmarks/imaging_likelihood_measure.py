"""What `imaging_likelihood.py` measures with: calls in turns, all contenders with the same parameters; see README.md."""

import gc
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import jax
import numpy as np
from harness import Contender

CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}


@dataclass(frozen=True)
class Times:
    """Seconds of the draws of one contender, the least of all rounds, shape (draws,), and what it answered."""

    seconds: np.ndarray
    answers: list[np.ndarray]

    @property
    def median(self) -> float:
        return float(np.median(self.seconds))


def in_turns(contenders: Mapping[str, Contender], *, draws: int, rounds: int, clock: str) -> dict[str, Times]:
    """Return the times of the contenders, which see every draw once in a round, one contender after the other.

    A round is a walk through parameter space as a sampler has it: none sees a draw twice in a row. The call before the first
    round is not counted; it compiles, and gives an active-set solver its first guess.
    """
    seconds = {name: np.full((rounds, draws), np.inf) for name in contenders}
    answers: dict[str, list[np.ndarray]] = {name: [] for name in contenders}
    for contender in contenders.values():
        jax.block_until_ready(contender.call(contender.prepare(draws)))
    for k in range(rounds):
        for i in range(draws):
            for name, contender in contenders.items():
                seconds[name][k, i], result = timed(contender, i, CLOCKS[clock])
                if k == 0:
                    answers[name].append(np.asarray(contender.answer(result)))
    return {name: Times(seconds[name].min(axis=0), answers[name]) for name in contenders}


def timed(contender: Contender, draw: int, clock: Callable[[], float]) -> tuple[float, object]:
    """Return the seconds and the result of one call; its argument is made before."""
    argument = jax.block_until_ready(contender.prepare(draw))
    gc.collect()
    gc.disable()
    before = clock()
    result = jax.block_until_ready(contender.call(argument))
    elapsed = clock() - before
    gc.enable()
    return elapsed, result


def largest_difference(first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> float:
    """Return by how much the answers of two contenders differ at most."""
    return max(float(np.max(np.abs(a - b))) for a, b in zip(first, second, strict=True))


def ratio(slower: Times, faster: Times) -> float:
    """Return the median over the draws of how many times longer the one takes."""
    return float(np.median(slower.seconds / faster.seconds))


def load() -> str:
    """Return how busy the machine is."""
    return f"{os.getloadavg()[0]:.1f}"
