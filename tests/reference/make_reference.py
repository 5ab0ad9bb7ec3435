"""Write `autolens_2026_10_26_1.npz`: what autolens 2026.10.26.1 answers to every case.

Run by hand under Python 3.12, in an environment with `pip install autolens==2026.10.26.1`:
`python tests/reference/make_reference.py`.
"""

from pathlib import Path

import numpy as np
from all_cases import CASES
from cases import Library, plain

PATH = Path(__file__).with_name("autolens_2026_10_26_1.npz")


def main() -> None:
    """Ask every case, refuse what is not finite, and write the answers in one compressed file."""
    import autolens

    library, answers = Library(autolens, np.asarray, {}), {}
    for name, case in CASES.items():
        try:
            answer = plain(case.theirs(library))
        except Exception as err:
            raise RuntimeError(f"autolens cannot answer {name!r}.") from err
        if answer.dtype == object or not np.isfinite(answer).all():
            raise ValueError(f"The answer to {name!r} must be finite numbers, but is {answer!r}.")
        answers[name] = answer
    # One flat array and an index: hundreds of small members would be mostly headers.
    names, shapes = list(answers), [",".join(map(str, a.shape)) for a in answers.values()]
    flat = np.concatenate([a.astype(complex).ravel() for a in answers.values()])
    np.savez_compressed(PATH, names=names, shapes=shapes, real=flat.real, imag=flat.imag)
    print(f"{len(answers)} answers, {PATH.stat().st_size / 1000:.0f} kB: {PATH}")


if __name__ == "__main__":
    main()
