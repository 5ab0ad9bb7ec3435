"""What `import lensarrays` costs beside `import jax, equinox`, each in processes of its own; see README.md."""

import os
import statistics
import subprocess
import sys

RUNS, ALLOWED_SECONDS = 9, 0.1
CLOCKED = "import time; before = time.perf_counter(); import {}; print(time.perf_counter() - before)"
STATEMENTS = {"ours": "lensarrays", "jax and equinox": "jax, equinox"}


def import_seconds(modules: str) -> float:
    """Return the seconds that an import takes in a new process."""
    # Bytecode is kept, as it is for users: compiling our own modules anew would take as long as all the rest.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", CLOCKED.format(modules)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(done.stdout)


def main() -> None:
    """Time both in turns, print the medians, and fail when ours costs too much more."""
    for modules in STATEMENTS.values():
        import_seconds(modules)  # so that neither pays for reading files or writing bytecode
    samples: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for _ in range(RUNS):
        for name, modules in STATEMENTS.items():
            samples[name].append(import_seconds(modules))
    ours, base = (statistics.median(samples[name]) for name in STATEMENTS)
    passed = ours - base <= ALLOWED_SECONDS
    print("| import lensarrays | import jax, equinox | difference | allowed | verdict |\n|---|---|---|---|---|")
    print(f"| {ours:.3f} s | {base:.3f} s | {ours - base:+.3f} s | {ALLOWED_SECONDS:g} s | {'pass' if passed else 'FAIL'} |")
    raise SystemExit(not passed)


if __name__ == "__main__":
    main()
