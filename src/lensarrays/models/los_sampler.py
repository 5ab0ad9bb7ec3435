"""Haloes along the line of sight, drawn from a mass function."""

import functools
import math
from typing import Any, final

import equinox as eqx
import jax
import numpy as np

from .._backend import namespace
from .._check import NON_NEGATIVE, POSITIVE, fails, is_concrete, whole_number
from ._fluctuations import MASS
from ._nfw_mass import nfw_mass
from ._numbers import floating
from ._profile import check_number, leaves, or_nan
from .cosmology import Planck15
from .galaxy import Galaxy
from .halo_draws import (
    DrawnHaloes,
    Slots,
    capacity_for,
    counts_drawn,
    dtype_checked,
    haloes_drawn,
    in_precision,
    in_slots,
    slots_of,
    source_checked,
    usual_capacity,
)
from .halo_mass import nfw_scales_from
from .halo_mass_function import halo_mass_function_from
from .halo_population import HaloPopulation
from .halo_truncation import truncated_mass_ratio_from, truncation_ratio_from
from .light_cone import LightCone, light_cone_from
from .mass.mass_sheet import MassSheet
from .mass.nfw_truncated import NFWTruncatedSph
from .mass_concentration import concentration_ludlow16_from
from .mass_function_sampling import MassTable, integral_of, log_mass_knots, mass_table_from, scattered_mean

REFERENCE_MASS = 1e8  # [solar masses]; anyone would do


class _Planes(eqx.Module):
    """All that draws depend on: arrays of shape (p,), and a table."""

    radii: Any
    sheet_kappas: Any
    kappa_unit: Any  # kappa_s of the reference mass, over c^2 / m(c)
    radius_unit: Any  # scale radius of the reference mass, times c
    scatter: Any  # in e-folds
    truncation_factor: Any
    table: MassTable
