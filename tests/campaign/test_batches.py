"""Many samples through one compiled batch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lensarrays as la

KEY = jax.random.key(5)
THETAS = {"rate": np.linspace(1.0, 40.0, 11), "pair": np.arange(22.0).reshape(11, 2)}


def simulate(theta, key):
    counts = jax.random.normal(key, (3,)) * jnp.sqrt(theta["rate"]) + theta["pair"].sum()
    return {"counts": counts, "number": jnp.asarray(3)}


def gathered(**options):
    """Return all results, joined."""
    batches = list(la.simulate_in_batches(simulate, THETAS, KEY, progress=False, **options))
    assert np.concatenate([batch.indices for batch in batches]).tolist() == list(range(len(THETAS["rate"])))
    return np.concatenate([batch.results["counts"] for batch in batches])


def test_results_do_not_depend_on_the_batch_size():
    expected = gathered(batch_size=11)
    for batch_size in (1, 4, 30, None):
        assert np.array_equal(gathered(batch_size=batch_size), expected)
    assert np.array_equal(gathered(batch_size=4, vmap_size=2), gathered(batch_size=6, vmap_size=2))


def test_each_sample_is_that_of_a_loop_with_its_own_key():
    loop = [
        jax.jit(simulate)(jax.tree_util.tree_map(lambda array, i=i: array[i], THETAS), la.sample_key(KEY, i))["counts"]
        for i in range(11)
    ]
    assert np.allclose(gathered(batch_size=3), np.stack(loop), rtol=1e-13)


def test_a_run_is_resumed_where_it_was_left():
    tail = jax.tree_util.tree_map(lambda array: array[7:], THETAS)
    (rest,) = la.simulate_in_batches(simulate, tail, KEY, first_index=7, progress=False)
    assert rest.indices.tolist() == [7, 8, 9, 10]
    assert np.array_equal(rest.results["counts"], gathered(batch_size=4)[7:])


def test_samples_that_are_not_finite_are_told_apart():
    thetas = {**THETAS, "rate": np.where(np.arange(11) == 4, -1.0, THETAS["rate"])}
    batches = la.simulate_in_batches(simulate, thetas, KEY, batch_size=3, progress=False)
    assert np.flatnonzero(~np.concatenate([batch.finite for batch in batches])).tolist() == [4]


def test_the_next_batch_is_at_work_while_one_is_consumed(monkeypatch):
    events = []
    monkeypatch.setattr(jax, "device_get", lambda x, get=jax.device_get: events.append("wait") or get(x))
    from lensarrays.campaign import batches as module

    monkeypatch.setattr(module, "_part", lambda *a, part=module._part: events.append("hand over") or part(*a))
    for _ in la.simulate_in_batches(simulate, THETAS, KEY, batch_size=4, progress=False):
        events.append("consume")
    start = ["hand over", "hand over", "wait", "consume", "hand over", "wait", "consume"]
    assert events == [*start, "wait", "consume"]


def test_the_batch_size_follows_the_memory_that_the_compiler_counts():
    def large(theta, key):
        return jnp.zeros((1000,)) + theta

    thetas = np.arange(100.0)
    sizes = {}
    for limit in (10**5, 10**6):
        batches = list(la.simulate_in_batches(large, thetas, KEY, memory_limit=limit, progress=False))
        sizes[limit] = len(batches[0].indices)
        assert 2 * sizes[limit] * 8000 <= limit
    assert sizes[10**6] > 5 * sizes[10**5] > 5
    with pytest.raises(ValueError, match="`memory_limit` must be at least what 1 samples need"):
        list(la.simulate_in_batches(large, thetas, KEY, memory_limit=1000, progress=False))


def test_progress_goes_to_standard_error(capsys):
    list(la.simulate_in_batches(simulate, THETAS, KEY, batch_size=6))
    printed = capsys.readouterr()
    assert "11/11" in printed.err
    assert not printed.out


@pytest.mark.parametrize(
    ("thetas", "key", "options", "error", "match"),
    [
        ({}, KEY, {}, TypeError, "`thetas` must be arrays .* is empty"),
        ({"a": 1.0}, KEY, {}, TypeError, "`thetas` must be arrays .* has numbers"),
        ({"a": np.ones(3), "b": np.ones(4)}, KEY, {}, ValueError, r"lengths are \[3, 4\]"),
        ({"a": np.ones(0)}, KEY, {}, ValueError, r"`thetas` must have one entry"),
        (THETAS, np.random.default_rng(0), {}, TypeError, "`key` must be one JAX key"),
        (THETAS, KEY, {"batch_size": 0}, ValueError, "`batch_size` must be a whole number"),
        (THETAS, KEY, {"vmap_size": 0}, ValueError, "`vmap_size` must be a whole number"),
        (THETAS, KEY, {"first_index": -1}, ValueError, "`first_index` must be a whole number"),
        (THETAS, KEY, {"first_index": 2**32 - 5}, ValueError, "`first_index` must be such that the last index is below"),
        (THETAS, jax.random.split(KEY, 11), {}, TypeError, "`key` must be one JAX key"),
        ({"key": jax.random.split(KEY, 11)}, KEY, {}, TypeError, "`thetas` must hold arrays of numbers"),
    ],
)
def test_bad_input_is_refused_before_anything_runs(thetas, key, options, error, match):
    with pytest.raises(error, match=match):
        la.simulate_in_batches(simulate, thetas, key, **options)
