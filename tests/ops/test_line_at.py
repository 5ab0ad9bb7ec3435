import numpy as np
import pytest

from lensarrays.ops.mesh import _searching

GENERATOR = np.random.default_rng(3)
LINES = {
    "spread": GENERATOR.normal(size=1500),
    "points of one place": GENERATOR.normal(size=1500).round(2),
    "one far away": np.append(1e-9 * GENERATOR.normal(size=1200), 5.0),
    "all at one place": np.ones(1200),
    "too narrow for bins": np.append(np.zeros(1200), 5e-324),
}


@pytest.mark.parametrize("name", LINES)
def test_many_queries_give_what_numpy_gives_to_the_last_bit(name):
    x = np.sort(LINES[name])
    y = np.sort(GENERATOR.random(x.size))
    queries = np.concatenate([GENERATOR.normal(size=3000), x, [np.nan, np.inf, -np.inf]])
    result = _searching.interpolated(queries, x, y, xp=np)
    np.testing.assert_array_equal(result, np.interp(queries, x, y))
