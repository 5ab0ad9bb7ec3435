"""What `forward.py` measures with: compiled functions, called in turns, each call with parameters of its own; see README.md."""

import gc
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

TURNS, SECONDS = 15, 10.0
Clock = Callable[[], float]
CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}


@dataclass
class Contender:
    """One way to make images, ready to be called.

    Parameters
    ----------
    call : what is timed
    prepare : makes the arguments of call `i`, a tuple; untimed
    double : whether JAX works in float64; the others run with 64 bits switched off, as whole programs in float32 do
    images : how many images a call makes
    compile_seconds, temporary_bytes : what the compiler says, None for what is not compiled
    """

    call: Callable[..., Any]
    prepare: Callable[[int], tuple[Any, ...]]
    double: bool = True
    images: int = 1
    compile_seconds: float | None = None
    temporary_bytes: int | None = None

    def made(self, first: int, number: int) -> list[tuple[Any, ...]]:
        """Return the arguments of so many calls."""
        with jax.enable_x64(self.double):
            return jax.block_until_ready([self.prepare(first + i) for i in range(number)])

    def seconds(self, first: int, number: int, clock: Clock) -> list[float]:
        """Return the seconds of an image in each of so many calls."""
        arguments, samples = self.made(first, number), []
        gc.collect()
        with jax.enable_x64(self.double):
            for given in arguments:
                before = clock()
                jax.block_until_ready(self.call(*given))
                samples.append((clock() - before) / self.images)
        return samples

    def answer(self, call: int = 0) -> Any:
        """Return what a call gives."""
        (given,) = self.made(call, 1)
        with jax.enable_x64(self.double):
            return jax.block_until_ready(self.call(*given))


def compiled(
    function: Callable[..., Any], prepare: Callable[[int], tuple[Any, ...]], *, double: bool, images: int = 1
) -> Contender:
    """Return the contender that a function makes once it is traced and compiled, with the time and the memory of that."""
    with jax.enable_x64(double):
        arguments = prepare(0)
        before = time.perf_counter()
        program = jax.jit(function).lower(*arguments).compile()
        taken = time.perf_counter() - before
    return Contender(program, prepare, double, images, taken, program.memory_analysis().temp_size_in_bytes)


def fastest(contenders: dict[str, Contender], *, slow_calls: int, clock: Clock = CLOCKS["wall"]) -> dict[str, float]:
    """Return the least seconds of an image of each contender, measured in turns, so that a busy machine slows all alike.

    Each has several calls in a turn, until it has had `SECONDS` in all; one that is slower than that has `slow_calls` calls.
    """
    samples = {name: contender.seconds(1, 1, clock) for name, contender in contenders.items()}
    for turn in range(TURNS):
        for name, contender in contenders.items():
            per_call = samples[name][0] * contender.images
            if per_call * len(samples[name]) > SECONDS and len(samples[name]) >= slow_calls:
                continue
            number = max(1, min(50, int(SECONDS / TURNS / per_call)))
            samples[name] += contender.seconds(2 + turn * number, number, clock)
    return {name: min(values) for name, values in samples.items()}


def resident_peak(contender: Contender) -> int | None:
    """Return the bytes by which the resident memory of the process grows at most during a call; None where it is not told."""
    (given,) = contender.made(0, 1)
    try:
        Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts anew
        before = status_bytes("VmRSS")
    except OSError:
        return None
    with jax.enable_x64(contender.double):
        jax.block_until_ready(contender.call(*given))
    return status_bytes("VmHWM") - before


def status_bytes(name: str) -> int:
    """Return one of the sizes in the status of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(name)).split()[1])


def load() -> str:
    """Return how busy the machine is."""
    return f"{os.getloadavg()[0]:.1f}"


def all_finite(tree: Any) -> bool:
    return all(bool(np.all(np.isfinite(np.asarray(leaf)))) for leaf in jax.tree.leaves(tree))
