"""What `interferometer.py` measures with: calls in turns, in one process, and the memory that one of them takes."""

import ctypes
import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np
from harness import Contender

CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}
SAMPLE_SECONDS = 0.02  # a sample repeats short calls until it lasts this long
SLOW_SECONDS, SLOW_ROUNDS = 2.0, 2  # calls that take longer have fewer rounds
STATUS, PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Part(Contender):
    """A contender that does a part of the work, of which it takes `scale` times as long to do all."""

    scale: float = 1.0


@dataclass(frozen=True)
class Measured:
    """Seconds of the first call, by the wall clock; the least of all later ones; peak bytes, or None; what it answered."""

    first: float
    least: float
    memory: int | None
    answer: np.ndarray


def in_rounds(contenders: Mapping[str, Contender], *, rounds: int, clock: str) -> dict[str, Measured]:
    """Return what was measured of the contenders, which are called in turns; each call has an argument of its own.

    What a call costs but once, as compiling, is in the first one and not in the others.
    """
    firsts, answers, memory, calls, left = {}, {}, {}, {}, {}
    for name, contender in contenders.items():
        firsts[name], result = timed(contender, [0], CLOCKS["wall"])
        answers[name] = np.asarray(contender.answer(result))
        memory[name] = peak_memory(contender)
        seconds = timed(contender, [1], CLOCKS[clock])[0]
        calls[name] = max(1, min(500, int(SAMPLE_SECONDS / max(seconds, 1e-6))))
        left[name] = rounds if seconds < SLOW_SECONDS else min(rounds, SLOW_ROUNDS)
    least = dict.fromkeys(contenders, np.inf)
    for k in range(rounds):
        for name, contender in contenders.items():
            if k < left[name]:
                draws = [2 + k * calls[name] + i for i in range(calls[name])]
                least[name] = min(least[name], timed(contender, draws, CLOCKS[clock])[0])
    scales = {name: getattr(contender, "scale", 1.0) for name, contender in contenders.items()}
    return {name: Measured(firsts[name], least[name] * scales[name], memory[name], answers[name]) for name in contenders}


def timed(contender: Contender, draws: list[int], clock: Callable[[], float]) -> tuple[float, object]:
    """Return the mean seconds of some calls and the result of the last; their arguments are made before."""
    arguments = jax.block_until_ready([contender.prepare(draw) for draw in draws])
    gc.collect()
    gc.disable()
    before = clock()
    for argument in arguments:
        result = jax.block_until_ready(contender.call(argument))
    elapsed = clock() - before
    gc.enable()
    return elapsed / len(draws), result


def peak_memory(contender: Contender) -> int | None:
    """Return by how many bytes the process grows during a call, whoever asks for them; None where Linux does not tell."""
    if not PEAK.exists():
        return None
    argument = jax.block_until_ready(contender.prepare(0))
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    PEAK.write_text("5")
    before = resident("VmRSS")
    jax.block_until_ready(contender.call(argument))
    return max(0, resident("VmHWM") - before)


def resident(kind: str) -> int:
    """Return the bytes of memory that the process has now (VmRSS), or had at most (VmHWM)."""
    (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith(kind))
    return 1024 * int(line.split()[1])
