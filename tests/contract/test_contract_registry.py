"""Nothing public escapes the contract tests."""

import inspect

import equinox as eqx
import pytest
from registry import REGISTRY

import lensarrays

PUBLIC = {
    name: value
    for name, value in ((name, getattr(lensarrays, name)) for name in dir(lensarrays))
    if not name.startswith("_") and isinstance(value, type) and issubclass(value, eqx.Module)
}


def test_every_public_class_is_in_the_registry():
    missing = sorted(PUBLIC.keys() - REGISTRY.keys())
    assert not missing, f"add a line for each of {missing} to REGISTRY in tests/contract/registry.py"


@pytest.mark.parametrize("name", REGISTRY)
def test_every_property_and_method_is_asked_for(name):
    case, cls = REGISTRY[name], PUBLIC[name]
    constructors = {attribute for attribute, value in inspect.getmembers(cls, inspect.ismethod) if value.__self__ is cls}
    public = {attribute for attribute in dir(cls) if not attribute.startswith("_")}
    missing = sorted(public - constructors - case.asked() - {"at"} - set(case.elsewhere))
    assert not missing, f"ask for each of {missing} in the case of {name} in tests/contract/registry.py"
    gone = sorted(set(case.elsewhere) - public - {"output_to_fits"})
    assert not gone, f"{name} has no {gone} any more: take them out of `elsewhere`"
