"""How coarse the two levels of a tree are."""

from typing import NamedTuple


class Levels(NamedTuple):
    """What decides the error of a tree: distances in half widths of a tile, and orders of polynomials."""

    coarse_distance: float  # nearer haloes are not in the polynomial of a supertile
    coarse_order: int
    fine_distance: float  # nearer haloes are not in the polynomial of a tile
    fine_order: int


# By tolerance. The largest errors on the scene of docs/speed.md are 2e-4, 7e-6, 1.5e-6, 3e-7 and 4e-8 of the noise; haloes that
# are heavier, as in the scene of the demo, have up to seven times that.
LEVELS = {
    1e-3: Levels(2.5, 6, 2.5, 4),
    1e-4: Levels(2.5, 8, 2.5, 6),
    2e-6: Levels(3.0, 8, 3.0, 6),
    5e-7: Levels(3.0, 9, 3.0, 7),
    1e-7: Levels(3.0, 10, 3.0, 8),
}
