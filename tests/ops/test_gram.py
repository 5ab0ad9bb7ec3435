import numpy as np
import pytest

from lensarrays.ops.inversion import _gram


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("shape", [(3, 20), (4, 8), (5, 7), (7, 1031), (10, 2048)])
def test_products_of_rows_are_those_of_numpy(shape, wide, monkeypatch):
    monkeypatch.setattr(_gram, "has_wide_vectors", lambda: wide)
    rows = np.random.default_rng(1).normal(size=(2 * shape[0], shape[1]))[::2]
    result = _gram.gram(rows)
    np.testing.assert_allclose(result, rows @ rows.T, rtol=1e-12, atol=1e-12 * shape[1])
    np.testing.assert_array_equal(result, result.T)
    assert np.isnan(_gram.gram(np.where(rows == rows[1, 2], np.nan, rows))[1, 0])
