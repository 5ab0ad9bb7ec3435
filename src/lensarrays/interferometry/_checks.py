"""What the parts of an observation must be."""

from typing import Any, NamedTuple

from .. import _check
from ..ops.interferometry._uv import DROP
from ..ops.interferometry.dft import TransformerDFT
from ..ops.interferometry.nufft import TransformerNUFFT
from ..ops.interferometry.w_tilde import WTilde
from ..structures import Mask2D, Visibilities
from ._w_tilde_of import check_is_that_of


class Known(NamedTuple):
    """What a dataset gets in the place of the class of its transformer, if that is known and checked; W-tilde may be, too."""

    transformer: Any
    w_tilde: WTilde | None = None

    def w_tilde_for(self, noise_map: Visibilities, given: WTilde | None) -> WTilde:
        """Return W-tilde of the baselines and noise: that which is known, or given, if it is theirs."""
        uv_wavelengths, mask = self.transformer.uv_wavelengths, self.transformer.real_space_mask
        if self.w_tilde is not None:
            return self.w_tilde
        if given is None:
            return WTilde.from_uv_wavelengths(uv_wavelengths, noise_map, mask).with_spectrum()
        check_is_that_of(given, uv_wavelengths, noise_map, mask)
        return given


def known_from(transformer_class: Any, uv_wavelengths: Any, mask: Mask2D) -> Known:
    """Return the transformer of baselines, made if it is not known."""
    if isinstance(transformer_class, Known):
        return transformer_class
    check_transformer_class(transformer_class)
    return Known(transformer_class(uv_wavelengths, mask))


def check_transformer_class(transformer_class: Any) -> None:
    """Raise unless a class is one of those that transform images."""
    if transformer_class not in (TransformerNUFFT, TransformerDFT):
        raise TypeError(
            f"`transformer_class` must be la.TransformerNUFFT or la.TransformerDFT, but is {transformer_class!r}; pass the "
            f"class itself."
        )


def check_number(data: Visibilities, k: int) -> None:
    """Raise unless there is one visibility for each baseline of an observation."""
    if data.values.shape[-1:] != (k,):
        raise ValueError(
            f"`data` must have shape (..., {k}), as there are {k} baselines, but has {tuple(data.values.shape)}; give one "
            f"visibility for each."
        )


def check_data(data: Visibilities, noise_map: Visibilities, uv_wavelengths: Any) -> None:
    """Raise unless the data are finite, the noise is positive, and there is one noise and one baseline for each visibility."""
    k = data.values.shape[-1]
    if tuple(noise_map.values.shape) != (k,):
        raise ValueError(
            f"`noise_map` must have shape ({k},), as there are {k} visibilities, but has {tuple(noise_map.values.shape)}; give "
            f"one standard deviation for each."
        )
    if tuple(uv_wavelengths.shape) != (k, 2):
        raise ValueError(
            f"`uv_wavelengths` must have shape ({k}, 2), as there are {k} visibilities, but has {tuple(uv_wavelengths.shape)}; "
            f"give (u, v) for each."
        )
    _check.finite(data.values, "data", DROP)
    _check.positive(noise_map.in_array, "noise_map", "drop these visibilities, or give them a large noise")
