"""How coarse the two levels of a tree are."""

from typing import NamedTuple


class Levels(NamedTuple):
    """What decides the error of a tree: distances in half widths of a tile, and orders of polynomials."""

    coarse_distance: float  # nearer haloes are not in the polynomial of a supertile
    coarse_order: int
    fine_distance: float  # nearer haloes are not in the polynomial of a tile
    fine_order: int


# The largest error that each has on the scene of docs/speed.md, in units of the noise, and a little more.
LEVELS = {
    1e-3: Levels(2.0, 6, 2.0, 4),
    1e-4: Levels(2.5, 7, 2.5, 5),
    1e-5: Levels(2.5, 8, 2.5, 6),
    2e-6: Levels(3.0, 8, 3.0, 6),
    5e-7: Levels(3.0, 9, 3.0, 7),
    1e-7: Levels(3.0, 10, 3.0, 8),
}
