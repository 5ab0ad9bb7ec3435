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
SLOW_SECONDS, QUICK_SECONDS = 2.0, 0.1  # slower calls have one round, beside the one that memory is measured in
QUICK_ROUNDS = 5  # times as many, for quicker ones, which a busy machine disturbs most
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
    firsts, least, memory, answers, calls, left = {}, {}, {}, {}, {}, {}
    for name, contender in contenders.items():
        firsts[name], result = timed(contender, [0], CLOCKS["wall"])
        answers[name] = np.asarray(contender.answer(result))
        memory[name], least[name] = with_memory(contender, CLOCKS[clock])
        if least[name] < QUICK_SECONDS:
            least[name] = min(least[name], timed(contender, [2, 3, 4], CLOCKS[clock])[0])
        calls[name] = max(1, min(500, int(SAMPLE_SECONDS / max(least[name], 1e-6))))
        left[name] = rounds_of(rounds, least[name])
    for k in range(max(left.values())):
        gc.collect()
        for name, contender in contenders.items():
            if k < left[name]:
                draws = [2 + k * calls[name] + i for i in range(calls[name])]
                least[name] = min(least[name], timed(contender, draws, CLOCKS[clock])[0])
    scales = {name: getattr(contender, "scale", 1.0) for name, contender in contenders.items()}
    return {name: Measured(firsts[name], least[name] * scales[name], memory[name], answers[name]) for name in contenders}


def rounds_of(rounds: int, seconds: float) -> int:
    """Return how many rounds a call has that takes so long."""
    return 1 if seconds > SLOW_SECONDS else rounds if seconds > QUICK_SECONDS else QUICK_ROUNDS * rounds


def timed(contender: Contender, draws: list[int], clock: Callable[[], float]) -> tuple[float, object]:
    """Return the mean seconds of some calls and the result of the last; their arguments are made before."""
    arguments = jax.block_until_ready([contender.prepare(draw) for draw in draws])
    gc.disable()
    before = clock()
    for argument in arguments:
        result = jax.block_until_ready(contender.call(argument))
    elapsed = clock() - before
    gc.enable()
    return elapsed / len(draws), result


def with_memory(contender: Contender, clock: Callable[[], float]) -> tuple[int | None, float]:
    """Return by how many bytes the process grows during a call, whoever asks for them, and the seconds of that call.

    The bytes are None where Linux does not tell.
    """
    if not PEAK.exists():
        return None, timed(contender, [1], clock)[0]
    argument = jax.block_until_ready(contender.prepare(1))
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    PEAK.write_text("5")
    start, before = resident("VmRSS"), clock()
    jax.block_until_ready(contender.call(argument))
    seconds = clock() - before
    return max(0, resident("VmHWM") - start), seconds


def resident(kind: str) -> int:
    """Return the bytes of memory that the process has now (VmRSS), or had at most (VmHWM)."""
    (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith(kind))
    return 1024 * int(line.split()[1])
