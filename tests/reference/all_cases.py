"""All the cases that autolens was asked, by name."""

import cases_array
import cases_grid
import cases_mask
import cases_physics

PARTS = (cases_mask.CASES, cases_array.CASES, cases_grid.CASES, cases_physics.CASES)
CASES = {name: case for part in PARTS for name, case in part.items()}
assert len(CASES) == sum(map(len, PARTS)), "two cases have the same name"
