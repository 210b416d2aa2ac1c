"""The interpreter goes on while something is simulated."""

import _thread
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import sieve_sim as sieve
from conftest import SMALL


def test_python_runs_meanwhile() -> None:
    """With the lock held the loop below would turn once at most."""
    replay = threading.Thread(target=lambda: sieve.replay(**SMALL))
    replay.start()
    turns = 0
    while replay.is_alive():
        time.sleep(0.001)
        turns += 1
    assert turns > 10


def test_two_replays_at_once() -> None:
    """Each begins before the other ends, and both are as if alone."""
    spans = {}

    def run(seed: int) -> sieve.Replay:
        begin = time.monotonic()
        replay = sieve.replay(**SMALL, seed=seed, threads=1)
        spans[seed] = (begin, time.monotonic())
        return replay

    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(run, [1, 2]))
    assert max(begin for begin, _ in spans.values()) < min(end for _, end in spans.values())
    for seed, replay in zip([1, 2], together, strict=True):
        alone = sieve.replay(**SMALL, seed=seed)
        for name, values in alone.columns.items():
            np.testing.assert_array_equal(replay.columns[name], values, name)


def test_threads_change_nothing() -> None:
    one, two = (sieve.replay(**SMALL, threads=threads) for threads in (1, 2))
    for name, values in one.columns.items():
        np.testing.assert_array_equal(two.columns[name], values, name)


def test_ctrl_c(tmp_path: Path) -> None:
    """It is heard at once, and what was finished before is found again."""
    spec = {
        "level": {"gemv": {"shape": "4096x4096", "tokens": 16, "peak": True}},
        "axes": [{"timing.tFAW": list(range(8, 108))}, {"geometry.banks": [8, 16, 32]}],
    }
    threading.Timer(1.0, _thread.interrupt_main).start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        sieve.sweep(spec, tmp_path, threads=1)
    assert time.monotonic() - begin < 5
    some = sieve.sweep(spec, tmp_path, shard="1/300")
    statuses = some.columns["status"].tolist()
    assert "done" in statuses
    assert "missing" in statuses
