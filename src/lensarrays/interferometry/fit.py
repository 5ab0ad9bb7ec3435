"""The fit of a model to visibilities: what is known before, what is solved for, and how good it is."""

from typing import Any, final

import equinox as eqx

from .. import _check
from .._backend import namespace, readonly
from ..models import Tracer
from ..models._fit import AbstractFit
from ..models._linear_light import LinearColumns, light_images_from
from ..models._sources import sources_from
from ..ops.argument_types import check_types
from ..ops.interferometry.inversion import (
    InterferometerInversion,
    InterferometerInversionMethod,
    interferometer_inversion_from,
)
from ..ops.interferometry.methods import StridedWTilde
from ..ops.inversion.evidence import EvidenceTerms
from ..ops.inversion.inversion import usable_where
from ..structures import Array2D, Visibilities
from .dataset import Interferometer


@final
class FitInterferometer(AbstractFit):
    """A model of a lens, fitted to visibilities: a pytree of all that was found.

    The visibilities of the light of ordinary profiles are subtracted. To what is left, the intensities of linear profiles and
    the pixels of sources are fitted, all at once. Nothing is looked for: parameters of the tracer are taken as they are.

    Likelihoods and the evidence are computed from w-tilde and the weighted dirty image of the dataset, in a time that does not
    depend on the number of visibilities; what is asked for as visibilities is transformed when it is asked for.

    Parameters
    ----------
    dataset : Interferometer
    tracer : Tracer
    use_positive_only_solver : bool
        Whether no intensity and no pixel of a source may be negative.
    use_border_relocator : bool
        Whether rays that end outside of what the border of the mask is traced to are brought back to it.
    use_edge_zeroed_pixels : bool
        Whether the pixels on the edge of a mesh are held at zero, where the solution is positive-only.
    no_regularization_add_to_curvature_diag_value : float
        What is added to the diagonal of the curvature matrix for linear light.
    method : StridedWTilde, DenseWTilde or FourierWTilde
        How what is linear is solved. The first two run on the host, for NumPy arrays as for those of JAX; `FourierWTilde` runs
        where the arrays are.

    Raises
    ------
    TypeError
        If an argument is of another kind.
    ValueError
        If a matrix is singular, a mesh has more pixels than the mask, or all rays meet in one point of a source plane.
        Under `jit`, where values cannot be looked at, `converged` is False then and `log_evidence` is -inf.

    Notes
    -----
    Chi squared of an image m is d'N^-2 d - 2 m'd~ + m'W m. In float64 it is good to about 1e-14 of the data term d'N^-2 d, so
    to 1e-8 where that is a million; in float32 to some 1e-6 of it, which is not enough for an evidence.

    Names are those of autolens, and so are the defaults. `jax.jit`, `jax.vmap` and `jax.grad` go through it.

    Of a batch `fits = jax.vmap(lambda theta: FitInterferometer(dataset, tracer_of(theta)))(thetas)`, numbers and images of the
    model are found as of one fit. Visibilities and dirty images are of one fit at a time: ask for them inside of
    another `jax.vmap`, as in `jax.vmap(lambda fit: fit.model_data)(fits)`, or take one, `jax.tree_util.tree_map(lambda v: v[0],
    fits)`.

    References
    ----------
    D. Powell et al., MNRAS 501, 515 (2021), section 2; S. H. Suyu et al., MNRAS 371, 983 (2006), equation 19.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> mask = la.Mask2D.circular(shape_native=(20, 20), pixel_scales=0.1, radius=0.8)
    >>> uv_wavelengths = np.random.default_rng(1).normal(scale=3e5, size=(50, 2))
    >>> galaxy = la.Galaxy(redshift=0.5, light=la.lp.Gaussian(intensity=2.0, sigma=0.2))
    >>> simulator = la.SimulatorInterferometer(uv_wavelengths, exposure_time=1.0, noise_sigma=0.1)
    >>> dataset = simulator.via_tracer_from(la.Tracer([galaxy]), la.Grid2D.from_mask(mask, over_sample_size=1))
    >>> fit = la.FitInterferometer(dataset, la.Tracer([la.Galaxy(redshift=0.5, light=la.lp_linear.Gaussian(sigma=0.2))]))
    >>> fit.inversion.light_intensities.round(4)
    array([2.])
    """

    dataset: Interferometer
    tracer: Tracer
    profile_image: Array2D
    profile_chi_squared: Any
    inversion: InterferometerInversion | None
    light_members: tuple[LinearColumns, ...] = eqx.field(static=True)
    source_galaxies: tuple[int, ...] = eqx.field(static=True)

    def __init__(
        self,
        dataset: Interferometer,
        tracer: Tracer,
        *,
        use_positive_only_solver: bool = True,
        use_border_relocator: bool = True,
        use_edge_zeroed_pixels: bool = True,
        no_regularization_add_to_curvature_diag_value: float = 1.0e-3,
        method: InterferometerInversionMethod = StridedWTilde(),
    ):
        check_types(dataset=(dataset, Interferometer), tracer=(tracer, Tracer))
        use_border_relocator = _check.flag(use_border_relocator, "use_border_relocator")
        use_edge_zeroed_pixels = _check.flag(use_edge_zeroed_pixels, "use_edge_zeroed_pixels")
        images = light_images_from(tracer, dataset.grids.lp, None)
        sources = sources_from(tracer, dataset.grids.pixelization, use_border_relocator=use_border_relocator)
        self.dataset, self.tracer = dataset, tracer
        self.light_members, self.source_galaxies = images.members, sources.galaxies
        image = dataset.weighted_dirty_image * 0.0 if images.ordinary is None else Array2D(images.ordinary, dataset.mask)
        self.profile_image = image
        self.inversion = None
        if not (images.members or sources.mappers):
            self.profile_chi_squared = dataset.chi_squared_of(image)
            return
        remaining = dataset.less(None if images.ordinary is None else image)
        self.profile_chi_squared = remaining.data_term
        inversion = interferometer_inversion_from(
            dataset.w_tilde,
            remaining.weighted_dirty_image,
            remaining.data_term,
            dataset.noise_normalization,
            light_columns=images.columns,
            mappers=sources.mappers,
            regularization_terms=sources.terms,
            zeroed_pixels=sources.edges if use_edge_zeroed_pixels else None,
            use_positive_only_solver=use_positive_only_solver,
            no_regularization_add_to_curvature_diag_value=no_regularization_add_to_curvature_diag_value,
            method=method,
        )
        noise = dataset.noise_normalization  # under `jit` not finite where the noise is not positive
        self.inversion = usable_where(inversion, sources.are_spread & namespace(noise).isfinite(noise))

    # Visibilities.

    @property
    def data(self) -> Visibilities:
        """The visibilities that are fitted."""
        return self.dataset.data

    @property
    def noise_map(self) -> Visibilities:
        """The standard deviations of real and imaginary parts."""
        return self.dataset.noise_map

    @property
    def profile_visibilities(self) -> Visibilities:
        """The visibilities of the light of ordinary profiles."""
        return self.dataset.transformer.visibilities_from(self.profile_image)

    @property
    def profile_subtracted_visibilities(self) -> Visibilities:
        """The data less these: what linear light and sources are fitted to."""
        return self.data - self.profile_visibilities

    @property
    def model_data(self) -> Visibilities:
        """The visibilities of the model."""
        return self.dataset.transformer.visibilities_from(self.model_image)

    @property
    def model_visibilities_of_galaxies(self) -> list[Visibilities]:
        """The visibilities of each galaxy, in the order in which the tracer was given them; their sum is `model_data`."""
        return [self.dataset.transformer.visibilities_from(image) for image in self.model_images_of_galaxies]

    @property
    def residual_map(self) -> Visibilities:
        """The data less the model."""
        return self.data - self.model_data

    @property
    def normalized_residual_map(self) -> Visibilities:
        """Real and imaginary parts of the residuals, each over its noise."""
        return Visibilities(readonly(self.residual_map.in_array / self.noise_map.in_array))

    @property
    def chi_squared_map(self) -> Visibilities:
        """The squares of these, of real parts as real parts and of imaginary parts as imaginary parts."""
        return Visibilities(readonly(self.normalized_residual_map.in_array**2))

    @property
    def signal_to_noise_map(self) -> Visibilities:
        """The data over the noise; what is negative counts as zero, as in autoarray."""
        return self.dataset.signal_to_noise_map

    # Images.

    @property
    def model_image(self) -> Array2D:
        """The image of the model, in the image plane."""
        if self.inversion is None:
            return self.profile_image
        return self.profile_image + self.inversion.mapped_reconstructed_image

    @property
    def model_images_of_galaxies(self) -> list[Array2D]:
        """The image of each galaxy, in the order in which the tracer was given them; their sum is `model_image`."""
        return [self._image_of(i) for i in range(len(self.tracer.galaxies))]

    def _image_of(self, i: int) -> Array2D:
        total = self.profile_image * 0.0
        if self.tracer.galaxies[i]._ordinary_light:
            light = light_images_from(self.tracer, self.dataset.grids.lp, None, only=i).ordinary
            total = Array2D(light, self.dataset.mask)
        if self.inversion is None:
            return total
        columns = [k for member in self.light_members if member.galaxy == i for k in range(member.start, member.stop)]
        meshes = [k for k, owner in enumerate(self.source_galaxies) if owner == i]
        return total + self.inversion.image_of(columns, meshes) if columns or meshes else total

    @property
    def dirty_image(self) -> Array2D:
        """The adjoint transform of the data, not weighted."""
        return self.dataset.dirty_image

    @property
    def dirty_noise_map(self) -> Array2D:
        """The adjoint transform of the noise map, as in autoarray."""
        return self.dataset.dirty_noise_map

    @property
    def dirty_signal_to_noise_map(self) -> Array2D:
        """The dirty image over the dirty noise map, as in autoarray."""
        return self.dataset.dirty_signal_to_noise_map

    @property
    def dirty_model_image(self) -> Array2D:
        """The adjoint transform of the visibilities of the model."""
        return self.dataset.transformer.image_from(self.model_data)

    @property
    def dirty_residual_map(self) -> Array2D:
        """The adjoint transform of the residuals."""
        return self.dataset.transformer.image_from(self.residual_map)

    @property
    def dirty_normalized_residual_map(self) -> Array2D:
        """The adjoint transform of the residuals over the noise."""
        return self.dataset.transformer.image_from(self.normalized_residual_map)

    @property
    def dirty_chi_squared_map(self) -> Array2D:
        """The adjoint transform of the chi-squared map, as in autoarray."""
        return self.dataset.transformer.image_from(self.chi_squared_map)

    # Numbers.

    @property
    def chi_squared(self) -> Any:
        """The sum over real and imaginary parts of the squared residuals, each over its noise, shape (...)."""
        return self.profile_chi_squared if self.inversion is None else self.inversion.evidence.chi_squared

    @property
    def reduced_chi_squared(self) -> Any:
        """Chi squared over the number of data, two for each visibility: parameters are not counted."""
        return self.chi_squared / (2 * self.noise_map.values.shape[-1])

    @property
    def noise_normalization(self) -> Any:
        """The sum of ln (2 pi sigma^2) over real and imaginary parts."""
        return self.dataset.noise_normalization

    @property
    def log_likelihood(self) -> Any:
        """-1/2 (chi squared + noise normalisation); -inf where there is no solution, or that is not finite."""
        if self.inversion is not None:
            return self.inversion.evidence.log_likelihood
        return EvidenceTerms(self.chi_squared, 0.0, 0.0, 0.0, self.noise_normalization).log_likelihood
