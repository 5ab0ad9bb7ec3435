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
REFERENCE_SIDE = 0.25  # of the tiles of that scene [arcsec]


def levels_for(tolerance: float, side: float) -> Levels:
    """Return the coarsest levels that have a tolerance, for tiles of a size [arcsec]; the finest there are if none has.

    About a larger tile there are more haloes that are just not near, in proportion to its area, and they deflect more.
    """
    allowed = tolerance / max(1.0, side / REFERENCE_SIDE) ** 2 * (1 + 1e-9)
    return next((levels for error, levels in LEVELS.items() if error <= allowed), LEVELS[min(LEVELS)])
