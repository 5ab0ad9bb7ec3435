"""The first evidence of a fresh process: `python benchmarks/imaging_likelihood_start.py ours|theirs DATA`; see README.md.

Prints the seconds, by the wall clock, of importing the library, reading the data, the first evidence and the next one.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import imaging_likelihood_threads  # noqa: F401

PARTS = ("import", "data", "first", "next")


def seconds(side: str, folder: Path) -> dict[str, float]:
    """Return the seconds of the parts in a fresh process; it runs twice, so that its caches are on disk."""
    command = [sys.executable, __file__, side, str(folder)]
    for _ in range(2):
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(printed.splitlines()[-1])


def main(side: str, folder: Path) -> None:
    from imaging_likelihood_scene import PROBLEMS, draw

    moments = [time.perf_counter()]
    if side == "ours":
        import imaging_likelihood_ours as library
    else:
        import imaging_likelihood_autolens as library
    moments.append(time.perf_counter())
    library.dataset(folder)
    moments.append(time.perf_counter())
    for call in range(2):
        library.evidence(draw(call), PROBLEMS["rectangle"], folder)
        moments.append(time.perf_counter())
    print(json.dumps({part: end - start for part, start, end in zip(PARTS, moments[:-1], moments[1:], strict=True)}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
