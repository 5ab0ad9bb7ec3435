"""Reference values of autolens, and profiles made from them."""

import pathlib

import numpy as np
import pytest

from lensarrays.models import lp, mp

MASSES = ["ExternalShear", "Isothermal", "NFWTruncatedSph", "PowerLaw"]
LIGHTS = ["Sersic", "SersicCore"]


@pytest.fixture(scope="session")
def reference():
    with np.load(pathlib.Path(__file__).parent / "data" / "reference.npz") as data:
        return dict(data)


@pytest.fixture
def make_profile(reference):
    """Return a profile with the parameters of all draws at once, each a batch of shape (6,), or those of one draw as floats."""

    def make(name, xp=np, draw=None, dtype=np.float64):
        values = reference[f"{name}/parameters"]
        columns = [xp.asarray(v, dtype=getattr(xp, np.dtype(dtype).name)) if draw is None else float(v[draw]) for v in values.T]
        named = dict(zip(map(str, reference[f"{name}/names"]), columns, strict=True))
        for pair in ("centre", "ell_comps"):
            if f"{pair}_0" in named:
                named[pair] = (named.pop(f"{pair}_0"), named.pop(f"{pair}_1"))
        return getattr(lp if name in LIGHTS else mp, name)(**named)

    return make
