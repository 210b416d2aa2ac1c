"""Columns, and what is made of them."""

import numpy as np
import pandas as pd

import sieve_sim as sieve
from conftest import SMALL


def test_columns_are_typed() -> None:
    replay = sieve.replay(**SMALL)
    kinds = {name: values.dtype for name, values in replay.columns.items()}
    assert kinds["batch"] == np.int64
    assert kinds["step_time_us"] == np.float64
    assert kinds["method"].kind == "U"
    assert {values.shape for values in replay.columns.values()} == {(len(replay),)}
    assert repr(replay).startswith(f"<Replay: {len(replay)} rows of model, batch, method, ")


def test_pandas() -> None:
    replay = sieve.replay(**SMALL)
    frame = replay.to_pandas()
    assert list(frame.columns) == list(replay.columns)
    assert len(frame) == len(replay)
    assert pd.api.types.is_integer_dtype(frame["batch"])
    assert pd.api.types.is_string_dtype(frame["method"])
    points = frame.groupby(["batch", "method"])["step_time_us"].nunique()
    assert (points == 1).all()
    assert np.isclose(replay.energy.to_pandas().groupby(["batch", "method"])["share"].sum(), 1).all()


def test_energy_that_is_not_known() -> None:
    replay = sieve.replay(**SMALL | {"batch": 1}, set={"system.gpu.energy": None})
    assert replay.energy.columns == {}
    assert len(replay.energy) == 0
    assert len(replay.energy.to_pandas()) == 0
