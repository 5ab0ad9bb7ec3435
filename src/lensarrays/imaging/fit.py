"""The fit of a model to an image: what is known before, what is solved for, and how good it is."""

from typing import Any, final

import equinox as eqx

from .. import _check
from .._backend import namespace
from ..models import Tracer
from ..models._fit import AbstractFit
from ..models._linear_light import LinearColumns, light_images_from
from ..models._sources import sources_from
from ..ops import convolve
from ..ops.argument_types import check_types
from ..ops.inversion.checks import are_sound
from ..ops.inversion.evidence import EvidenceTerms, chi_squared_from, noise_normalization_from
from ..ops.inversion.host import PrecomputedTiles
from ..ops.inversion.inversion import Inversion, InversionMethod, imaging_inversion_from, usable_where
from ..structures import Array2D
from .dataset import Imaging


@final
class FitImaging(AbstractFit):
    """A model of a lens, fitted to an image: a pytree of all that was found.

    The light of ordinary profiles is convolved and subtracted. To what is left, the intensities of linear profiles and the
    pixels of sources are fitted, all at once. Nothing is looked for: parameters of the tracer are taken as they are.

    Parameters
    ----------
    dataset : Imaging
    tracer : Tracer
    use_positive_only_solver : bool
        Whether no intensity and no pixel of a source may be negative.
    use_border_relocator : bool
        Whether rays that end outside of what the border of the mask is traced to are brought back to it.
    use_edge_zeroed_pixels : bool
        Whether the pixels on the edge of a mesh are held at zero, where the solution is positive-only.
    no_regularization_add_to_curvature_diag_value : float
        What is added to the diagonal of the curvature matrix for linear light.
    method : PrecomputedTiles, Tiles or Dense
        How what is linear is solved. The first two run on the host, for NumPy arrays as for those of JAX; `Dense` runs where
        the arrays are.

    Raises
    ------
    TypeError
        If an argument is of another kind.
    ValueError
        If a matrix is singular, a mesh has more pixels than there are data, or all rays meet in one point of a source plane.
        Under `jit`, where values cannot be looked at, `converged` is False then and `log_evidence` is -inf.

    Notes
    -----
    Names are those of autolens, and so are the defaults. `jax.jit`, `jax.vmap` and `jax.grad` go through it. The evidence needs
    float64: with `jax_enable_x64` off it is good to about 1e-5 of its value. The derivative by parameters of the mass is
    zero almost everywhere on meshes with `Bilinear` in their names at an over-sampling of one: see there.

    References
    ----------
    S. H. Suyu et al., MNRAS 371, 983 (2006), equation 19; J. W. Nightingale and S. Dye, MNRAS 452, 2940 (2015).

    Examples
    --------
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(21, 21), pixel_scales=0.1)
    >>> lens = la.Galaxy(redshift=0.5, light=la.lp.Sersic(intensity=2.0, effective_radius=0.3, sersic_index=1.0))
    >>> dataset = la.SimulatorImaging(exposure_time=100.0, background_sky_level=1.0).via_tracer_from(la.Tracer([lens]), grid)
    >>> model = la.Galaxy(redshift=0.5, light=la.lp_linear.Sersic(effective_radius=0.3, sersic_index=1.0))
    >>> fit = la.FitImaging(dataset, la.Tracer([model]))
    >>> fit.inversion.light_intensities.round(4)
    array([2.])
    """

    dataset: Imaging
    tracer: Tracer
    blurred_image: Array2D
    inversion: Inversion | None
    light_members: tuple[LinearColumns, ...] = eqx.field(static=True)
    source_galaxies: tuple[int, ...] = eqx.field(static=True)

    def __init__(
        self,
        dataset: Imaging,
        tracer: Tracer,
        *,
        use_positive_only_solver: bool = True,
        use_border_relocator: bool = True,
        use_edge_zeroed_pixels: bool = True,
        no_regularization_add_to_curvature_diag_value: float = 1.0e-3,
        method: InversionMethod = PrecomputedTiles(),
    ):
        check_types(dataset=(dataset, Imaging), tracer=(tracer, Tracer))
        use_border_relocator = _check.flag(use_border_relocator, "use_border_relocator")
        use_edge_zeroed_pixels = _check.flag(use_edge_zeroed_pixels, "use_edge_zeroed_pixels")
        images = light_images_from(tracer, dataset.grids.lp, dataset.grids.blurring)
        sources = sources_from(tracer, dataset.grids.pixelization, use_border_relocator=use_border_relocator)
        self.dataset, self.tracer = dataset, tracer
        self.light_members, self.source_galaxies = images.members, sources.galaxies
        self.blurred_image = self._blurred(images.ordinary)
        self.inversion = None
        if images.members or sources.mappers:
            image = dataset.data if images.ordinary is None else dataset.data - self.blurred_image
            inversion = imaging_inversion_from(
                image,
                dataset.noise_map,
                dataset.psf,
                light_columns=images.columns,
                mappers=sources.mappers,
                regularization_terms=sources.terms,
                zeroed_pixels=sources.edges if use_edge_zeroed_pixels else None,
                use_positive_only_solver=use_positive_only_solver,
                no_regularization_add_to_curvature_diag_value=no_regularization_add_to_curvature_diag_value,
                method=method,
            )
            self.inversion = usable_where(inversion, sources.are_spread)

    def _blurred(self, values: Any) -> Array2D:
        """Return the image of light (..., n + n_blurring), convolved; of None zeros."""
        data = self.dataset.data
        if values is None:
            return data * 0.0
        n = self.dataset.mask.pixels_in_mask
        image = Array2D(values[..., :n], self.dataset.mask)
        psf, blurring = self.dataset.psf, self.dataset.grids.blurring
        if psf is None or blurring is None:
            return image
        return convolve(image, psf, Array2D(values[..., n:], blurring.mask))

    # Images.

    @property
    def data(self) -> Array2D:
        """The image that is fitted."""
        return self.dataset.data

    @property
    def noise_map(self) -> Array2D:
        """The standard deviation of every pixel."""
        return self.dataset.noise_map

    @property
    def profile_subtracted_image(self) -> Array2D:
        """The data less the light of ordinary profiles: what linear light and sources are fitted to."""
        return self.data - self.blurred_image

    @property
    def model_data(self) -> Array2D:
        """The image of the model, convolved."""
        if self.inversion is None:
            return self.blurred_image
        return self.blurred_image + self.inversion.mapped_reconstructed_image

    @property
    def model_images_of_galaxies(self) -> list[Array2D]:
        """The image of each galaxy, convolved, in the order in which the tracer was given them; their sum is `model_data`."""
        return [self._image_of(i) for i in range(len(self.tracer.galaxies))]

    def _image_of(self, i: int) -> Array2D:
        galaxy = self.tracer.galaxies[i]
        total = self.data * 0.0
        if galaxy._ordinary_light:
            grids = self.dataset.grids
            total = self._blurred(light_images_from(self.tracer, grids.lp, grids.blurring, only=i).ordinary)
        if self.inversion is None:
            return total
        columns = [k for member in self.light_members if member.galaxy == i for k in range(member.start, member.stop)]
        meshes = [k for k, owner in enumerate(self.source_galaxies) if owner == i]
        return total + self.inversion.image_of(columns, meshes) if columns or meshes else total

    @property
    def subtracted_images_of_galaxies(self) -> list[Array2D]:
        """For each galaxy the data less the images of all others."""
        images = self.model_images_of_galaxies
        total = sum(images[1:], start=images[0])
        return [self.data - (total - image) for image in images]

    @property
    def residual_map(self) -> Array2D:
        """The data less the model."""
        return self.data - self.model_data

    @property
    def normalized_residual_map(self) -> Array2D:
        """The residuals over the noise."""
        return self.residual_map / self.noise_map

    @property
    def chi_squared_map(self) -> Array2D:
        """The square of the residuals over the noise."""
        return self.normalized_residual_map**2

    # Numbers.

    @property
    def chi_squared(self) -> Any:
        """The sum of the chi-squared map, shape (...)."""
        if self.inversion is not None:
            return self.inversion.evidence.chi_squared
        return chi_squared_from(self.residual_map, self.noise_map)

    @property
    def reduced_chi_squared(self) -> Any:
        """Chi squared over the number of pixels, as in autoarray: parameters are not counted."""
        return self.chi_squared / self.dataset.mask.pixels_in_mask

    @property
    def noise_normalization(self) -> Any:
        """The sum of ln (2 pi sigma^2) over the pixels."""
        return noise_normalization_from(self.noise_map)

    @property
    def log_likelihood(self) -> Any:
        """-1/2 (chi squared + noise normalisation); -inf where there is no solution, or that is not finite."""
        if self.inversion is not None:
            return self.inversion.evidence.log_likelihood
        terms = EvidenceTerms(self.chi_squared, 0.0, 0.0, 0.0, self.noise_normalization)
        xp, sound = namespace(terms.chi_squared), are_sound(self.noise_map, self.dataset.psf)
        return terms.log_likelihood if sound is True else xp.where(sound, terms.log_likelihood, -xp.inf)
