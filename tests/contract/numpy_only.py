"""Run in a process of its own: asks everything of NumPy objects while every JAX operation raises; prints how much it asked."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from registry import REGISTRY


def refuse(self, *args, **parameters):
    raise AssertionError(f"a JAX call was made: {self}")


def main() -> None:
    """Ask everything."""
    jax.config.update("jax_enable_x64", True)
    objects = {name: case.make(np) for name, case in REGISTRY.items()}
    Primitive.bind = refuse
    for name, case in REGISTRY.items():
        for asked, function in (case.results | case.flat | case.static).items():
            try:
                function(objects[name])
            except Exception as err:
                raise RuntimeError(f"`{asked}` of {name} on NumPy") from err
        case.make(np)
        print(name, len(case.results | case.flat | case.static))
    try:  # so that the above could fail at all
        jnp.add(jnp.arange(3), 1)
    except AssertionError:
        print("refused")


if __name__ == "__main__":
    main()
