"""Over-sampling that follows the light, against uniform sub-pixels and the converged image, on scenes with substructure.

PYTHONPATH=src python benchmarks/adaptive_over_sampling.py [--out table.md]
"""

import argparse
from pathlib import Path

import forward_ours as ours
import numpy as np
from forward_scene import EVEN, EXPOSURE_TIME, SKY, theta_of

import lensarrays as la

CONVERGED = 32
SIZES = (1, 2, 4, 8, 16)
TOLERANCES = (0.02, 0.01, 0.005, 0.002)  # of the noise
SEEDS = 4


def main() -> None:
    """Print the table, and write it if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="file for the table")
    out = parser.parse_args().out
    scene = EVEN
    errors: dict[str, list[tuple[float, float, float]]] = {}
    for seed in range(SEEDS):
        theta = ours.theta_with(theta_of(scene, seed), np, float)

        def image(sizes, theta=theta):
            simulate = ours.simulator(scene, "fine", xp=np, over_sampling=sizes)
            return np.asarray(ours.image_of(simulate(theta)))

        converged = image(CONVERGED)
        sigma = np.sqrt((converged + SKY) / EXPOSURE_TIME)
        tracer = ours.tracer_of(scene, theta, "coarse")
        grid = la.Grid2D.uniform((scene.side,) * 2, scene.pixel_scale)
        noise = np.sqrt((np.maximum(tracer.image_2d_from(grid).values, 0.0) + SKY) / EXPOSURE_TIME)
        cases = {f"uniform, {size} x {size}": size for size in (1, 2, 4, 8)}
        for tolerance in TOLERANCES:
            sizes = la.over_sample_size_via_light_from(tracer, grid, tolerance * noise, SIZES)
            cases[f"adaptive, {tolerance:g} of the noise"] = sizes
        for name, sizes in cases.items():
            error = (image(sizes) - converged) / sigma
            samples = float(np.mean(np.square(sizes)))
            errors.setdefault(name, []).append((samples, float(np.abs(error).max()), float(np.sqrt((error**2).sum()))))
    lines = ["| over-sampling | samples a pixel | largest error | root of the sum of squares |", "|---|---|---|---|"]
    for name, rows in errors.items():
        samples, largest, total = np.max(rows, axis=0)
        lines.append(f"| {name} | {samples:.1f} | {largest:.3f} | {total:.2f} |")
    lines.append(f"\nIn units of the noise, against {CONVERGED} x {CONVERGED} sub-pixels; the worst of {SEEDS} scenes.")
    print("\n".join(lines))
    if out:
        out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
