"""Light through many lens planes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, final

import equinox as eqx

from .._backend import readonly
from .._check import is_concrete
from .._loops import fold
from ..ops._tiles import Tiles, binned_tiles, tiles_from
from ..ops.argument_types import check_types
from ..structures import Array2D, Grid2D, Grid2DIrregular
from ._evaluate import checked_namespace, in_blocks, mass_sum_from, pairs, points_of, scalar_from, scalar_on, vector_from
from ._profile import or_nan, parameter
from .cosmology import Planck15
from .galaxy import Galaxy
from .halo_population import HaloPopulation
from .haloes import Direct, Tree
from .planes import Rays, planes_of, shared_redshifts, steps_between

Points = tuple[Any, Any]


@final
class Tracer(eqx.Module):
    """Galaxies along a line of sight, and rays of light through them.

    Deflections are scaled to the last plane, that with the highest redshift, whose own mass deflects nothing that is seen.

    Parameters
    ----------
    galaxies : Galaxy, or list or tuple of them
    cosmology : FlatLambdaCDM, optional
        By default that of `Planck15()`. Any equinox module with `comoving_distance_between_redshifts_in_kpc_from` will do.
    halo_method : haloes.Direct or haloes.Tree
        How the deflections of a `HaloPopulation` are summed for images: exactly, or by a tree on tiles of the image, whose
        tolerance is an argument of it. At bare points, where there are no tiles, they are summed directly.

    Raises
    ------
    ValueError
        If there are no galaxies.
    TypeError
        If something else than a galaxy is given, or the cosmology is none.

    Notes
    -----
    Galaxies are sorted by redshift, and those at exactly one redshift share a plane; which galaxy is on which plane is static.
    Redshifts that are traced when the tracer is made, or that are a batch, cannot be sorted: every galaxy then is a plane
    of its own, and they must be given in ascending order, or all results are NaN. Two planes at one redshift act as one.
    If the redshifts of a tracer are changed later so that a plane has two, that is an error, or NaN under tracing.

    In a flat universe rays are followed by their comoving position and direction, so nothing is kept of past planes. Under
    `jit` three or more planes in a row that are alike but for their numbers are compiled as one; `LOSSampler` makes such.

    References
    ----------
    P. Schneider, J. Ehlers and E. E. Falco, *Gravitational Lenses* (1992), chapter 9; N. Hilbert et al., A&A 499, 31 (2009).

    Examples
    --------
    >>> import lensarrays as la
    >>> lens = la.Galaxy(redshift=0.5, mass=la.mp.Isothermal(einstein_radius=1.0))
    >>> source = la.Galaxy(redshift=1.0, light=la.lp.Sersic(effective_radius=0.1))
    >>> tracer = la.Tracer([source, lens])
    >>> tracer.traced_grid_2d_list_from(la.Grid2DIrregular([(0.0, 1.5)]))[-1].values
    array([[0. , 0.5]])
    """

    galaxies: tuple[Galaxy, ...]
    cosmology: Any
    halo_method: Any = eqx.field(static=True)
    plane_members: tuple[tuple[int, ...], ...] = eqx.field(static=True)

    def __init__(self, galaxies: Any, cosmology: Any = None, *, halo_method: Any = Direct()):
        if not isinstance(galaxies, (Galaxy, Iterable)):
            raise TypeError(
                f"`galaxies` must be Galaxy objects, but is a {type(galaxies).__name__}; make a Galaxy(redshift, ...)."
            )
        galaxies = (galaxies,) if isinstance(galaxies, Galaxy) else tuple(galaxies)
        if not galaxies:
            raise ValueError("`galaxies` must be one galaxy or more, but is empty; pass [Galaxy(redshift=0.5, ...), ...].")
        for galaxy in galaxies:
            if not isinstance(galaxy, Galaxy):
                raise TypeError(
                    f"`galaxies` must be Galaxy objects, but has a {type(galaxy).__name__}; make a Galaxy(redshift, ...)."
                )
        method = "comoving_distance_between_redshifts_in_kpc_from"
        if cosmology is not None and not (isinstance(cosmology, eqx.Module) and hasattr(cosmology, method)):
            raise TypeError(
                f"`cosmology` must be a FlatLambdaCDM, or another equinox module with `{method}`, but is a "
                f"{type(cosmology).__name__}; leave it out for Planck15()."
            )
        check_types(halo_method=(halo_method, Direct | Tree))
        self.galaxies = galaxies
        self.halo_method = halo_method
        self.cosmology = Planck15() if cosmology is None else cosmology
        self.plane_members = planes_of(galaxies)

    @property
    def total_planes(self) -> int:
        """The number of planes."""
        return len(self.plane_members)

    @property
    def plane_redshifts(self) -> list[Any]:
        """The redshift of each plane, nearest first."""
        return [self.galaxies[members[0]].redshift for members in self.plane_members]

    def _positions(self, y: Any, x: Any, *, xp: Any) -> Iterator[Points]:
        """Yield the coordinates (y, x) of rays, which are at (y, x) as seen by us, on one plane after the other."""
        rays, steps = self._started(y, x, xp=xp)
        yield rays.y, rays.x
        for members, factors in zip(self.plane_members, steps, strict=False):
            rays = self._onward(rays, tuple(self.galaxies[i] for i in members), factors, None, xp=xp)
            yield rays.y, rays.x

    def _positions_on(self, planes: Iterable[int], y: Any, x: Any, *, xp: Any) -> dict[int, Points]:
        """Return where rays are on some planes, of which each is passed once; those between two of them are compiled as one."""
        rays, steps = self._started(y, x, xp=xp)
        items = [(tuple(self.galaxies[i] for i in of), f) for of, f in zip(self.plane_members[:-1], steps, strict=True)]

        def step(carry: tuple, plane: tuple) -> tuple:
            galaxies, factors = plane
            return tuple(self._onward(Rays(*carry), galaxies, factors, None, xp=xp))

        positions: dict[int, Points] = {}
        passed = 0
        for plane in sorted(set(planes)):
            rays, passed = Rays(*fold(step, tuple(rays), items[passed:plane])), plane
            positions[plane] = rays.y, rays.x
        return positions

    def _traced_to(self, galaxies: Sequence[int], y: Any, x: Any, *, xp: Any) -> list[Points]:
        """Return where rays, which are at (y, x) as seen by us, are on the planes of some galaxies, each (..., n)."""
        plane_of = {i: k for k, members in enumerate(self.plane_members) for i in members}
        planes = [plane_of[galaxy] for galaxy in galaxies]
        positions = self._positions_on(planes, y, x, xp=xp)
        return [positions[plane] for plane in planes]

    def _onward(self, rays: Rays, galaxies: tuple[Galaxy, ...], factors: tuple, tiles: Tiles | None, *, xp: Any) -> Rays:
        """Return rays on the next plane, deflected by the galaxies of one; `factors` are those of `steps_between`."""
        alphas = self._deflections_of(galaxies, rays.y, rays.x, tiles, xp=xp)
        step = tuple(parameter(factor, rays.y, xp=xp) for factor in factors)
        return Rays(*in_blocks(lambda *of: Rays(*of[:4]).deflected(*of[4:], *step), *rays, *alphas))

    def _started(self, y: Any, x: Any, *, xp: Any) -> tuple[Rays, list]:
        """Return rays on the first plane, and the steps between planes; NaN rays if traced redshifts are out of order.

        That must show even where only the first plane is looked at.
        """
        steps = steps_between(shared_redshifts(self.galaxies, self.plane_members), self.cosmology)
        if steps and not is_concrete(steps[0][1]):
            total = parameter(steps[0][1], y, xp=xp)
            y, x = or_nan(total == total, y, xp=xp), or_nan(total == total, x, xp=xp)
        return Rays(y, x, y, x), steps

    def _images(self, y: Any, x: Any, *, xp: Any) -> Iterator[Any]:
        """Yield the light (..., n) of one plane after the other, as far as there is any."""
        positions = self._positions(y, x, xp=xp)
        for members in self._lit_planes:
            here = next(positions)
            yield sum((self.galaxies[i]._image(*here, xp=xp) for i in members), start=xp.zeros_like(y))

    @property
    def _lit_planes(self) -> tuple[tuple[int, ...], ...]:
        """The members of all planes up to the last one with light that is known before a fit."""
        lit = [k for k, members in enumerate(self.plane_members) if any(self.galaxies[i]._ordinary_light for i in members)]
        return self.plane_members[: max(lit, default=-1) + 1]

    def _image(self, y: Any, x: Any, *, xp: Any, tiles: Tiles | None = None) -> Any:
        """Return the light (..., n) of all planes at coordinates (..., n) as seen by us, or in the order of tiles if given."""
        planes = self._lit_planes
        if not planes:
            return xp.zeros_like(y)
        y, x, image = self._folded(y, x, planes, tiles, xp=xp)
        return sum((self.galaxies[i]._image(y, x, xp=xp) for i in planes[-1]), start=image)

    def _folded(self, y: Any, x: Any, planes: Sequence[tuple[int, ...]], tiles: Tiles | None, *, xp: Any) -> tuple:
        """Return the coordinates of rays on the last of the first few planes, and the sum of the light before it."""
        rays, steps = self._started(y, x, xp=xp)

        def step(carry: tuple, plane: tuple) -> tuple:
            (galaxies, factors), image, rays = plane, carry[-1], Rays(*carry[:-1])
            image = sum((galaxy._image(rays.y, rays.x, xp=xp) for galaxy in galaxies if galaxy._ordinary_light), start=image)
            return *self._onward(rays, galaxies, factors, tiles, xp=xp), image

        items = [(tuple(self.galaxies[i] for i in members), f) for members, f in zip(planes[:-1], steps, strict=False)]
        y, x, _, _, image = fold(step, (*rays, xp.zeros_like(y)), items)
        return y, x, image

    def _deflections_of(self, galaxies: tuple[Galaxy, ...], y: Any, x: Any, tiles: Tiles | None, *, xp: Any) -> Points:
        """Return the deflections by the galaxies of one plane: populations by the tracer's method, if points are in tiles."""
        masses = [mass for galaxy in galaxies for mass in galaxy.mass]
        populations = [] if tiles is None else [mass for mass in masses if isinstance(mass, HaloPopulation)]
        others = [mass for mass in masses if not any(mass is population for population in populations)]

        def of_others(y: Any, x: Any) -> Points:
            alphas = [mass._deflections(y, x, xp=xp) for mass in others]
            return sum(alpha for alpha, _ in alphas), sum(alpha for _, alpha in alphas)

        totals = [in_blocks(of_others, y, x)] if others else []
        if populations:
            haloes = [population._haloes(y, xp=xp) for population in populations]
            totals.append(self.halo_method._deflections(haloes, y, x, tiles, xp=xp))
        if not totals:
            return xp.zeros_like(y), xp.zeros_like(x)
        return sum(alpha for alpha, _ in totals), sum(alpha for _, alpha in totals)

    def _deflections(self, y: Any, x: Any, *, xp: Any) -> Points:
        """Return by how much rays are off on the last plane; on a single plane, the deflections of its galaxies."""
        if self.total_planes > 1:
            last_y, last_x, _ = self._folded(y, x, self.plane_members, None, xp=xp)
            return y - last_y, x - last_x
        return self._deflections_of(self.galaxies, y, x, None, xp=xp)

    def image_2d_from(self, grid: Any) -> Any:
        """Return the lensed image of all galaxies. Sub-pixels are traced once, and averaged once.

        Light that only a fit knows, that of linear profiles and pixelizations, counts as nothing: see `Galaxy.image_2d_from`.

        Parameters
        ----------
        grid : Grid2D or Grid2DIrregular of shape (..., n, 2) [arcsec]
            As seen by us.

        Returns
        -------
        Array2D or ArrayIrregular of shape (..., n) [unit of the light profiles]
        """
        if not isinstance(self.halo_method, Tree) or not isinstance(grid, Grid2D):
            return scalar_from(self._image, grid, self, over_sampled=True)
        xp, tiles = checked_namespace(grid, self), tiles_from(grid)
        y, x = (xp.take(a, xp.asarray(tiles.order), axis=-1) for a in points_of(grid, over_sampled=True, xp=xp))
        return Array2D(readonly(binned_tiles(self._image(y, x, xp=xp, tiles=tiles), tiles, xp=xp)), grid.mask)

    def image_2d_list_from(self, grid: Any) -> list[Any]:
        """Return the lensed image of each plane; they add up to `image_2d_from`."""
        xp = checked_namespace(grid, self)
        y, x = points_of(grid, over_sampled=True, xp=xp)
        images = list(self._images(y, x, xp=xp))
        images += [xp.zeros_like(y)] * (self.total_planes - len(images))
        return [scalar_on(grid, image, over_sampled=True) for image in images]

    def deflections_yx_2d_from(self, grid: Any) -> Any:
        """Return the total deflections: the points as seen by us less where their rays are on the last plane.

        Parameters
        ----------
        grid : Grid2D or Grid2DIrregular of shape (..., n, 2) [arcsec]
            As seen by us. Its points are traced, not its sub-pixels.

        Returns
        -------
        VectorYX2D or VectorYX2DIrregular of shape (..., n, 2) [arcsec]
            If there is a single plane, the sum of the deflections of its galaxies.
        """
        return vector_from(self._deflections, grid, self)

    def traced_grid_2d_list_from(self, grid: Any) -> list[Any]:
        """Return where the rays are on each plane: for a Grid2D its points, not its sub-pixels.

        Parameters
        ----------
        grid : Grid2D or Grid2DIrregular of shape (..., n, 2) [arcsec]
            As seen by us. To trace sub-pixels, pass ``grid.over_sampled``.

        Returns
        -------
        list of the same, one per plane, nearest first [arcsec]
            `over_sampled` of a deflected Grid2D raises, as its sub-pixels do not lie evenly.
        """
        xp = checked_namespace(grid, self)
        traced: list[Any] = []
        for y, x in self._positions(*points_of(grid, over_sampled=False, xp=xp), xp=xp):
            values = pairs(y, x, xp=xp)
            irregular = isinstance(grid, Grid2DIrregular)
            traced.append(Grid2DIrregular(values) if irregular else Grid2D(values, grid.mask, grid.over_sample_size))
        return [grid, *traced[1:]]

    def convergence_2d_from(self, grid: Any) -> Any:
        """Return the sum of the convergences of all galaxies as if they were on one plane, as autolens does [dimensionless]."""
        return mass_sum_from("convergence", self._masses, grid)

    def potential_2d_from(self, grid: Any) -> Any:
        """Return the sum of the potentials of all galaxies as if they were on one plane, as autolens does [arcsec^2]."""
        return mass_sum_from("potential", self._masses, grid)

    @property
    def _masses(self) -> tuple:
        return tuple(mass for galaxy in self.galaxies for mass in galaxy.mass)
