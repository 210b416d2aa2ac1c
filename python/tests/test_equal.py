"""Results are those of the command, to the last digit."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sieve_sim as sieve
from conftest import SMALL, Command, flags

SPEC: dict[str, Any] = {
    "level": {"gemv": {"shape": "1024x1024", "peak": True}},
    "set": {"timing.tRFC": 700},
    "axes": [{"geometry.banks": [8, 16, 23]}, {"pim.activation": ["per_bank", "ganged(4)"]}],
    "skip": [{"when": {"geometry.banks": [8], "pim.activation": ["ganged(4)"]}, "because": "no gain"}],
}
RON = """(
    level: gemv(shape: "1024x1024", peak: true),
    set: {"timing.tRFC": 700},
    axes: [{"geometry.banks": [8, 16, 23]}, {"pim.activation": [per_bank, ganged(4)]}],
    skip: [(when: {"geometry.banks": [8], "pim.activation": [ganged(4)]}, because: "no gain")],
)"""


def assert_same(table: sieve.Table, file: Path) -> None:
    """Every cell of the file is in the table: texts as they are, numbers as they parse, NaN where it is empty."""
    header, *rows = csv.reader(file.read_text().splitlines())
    assert list(table.columns) == header
    assert len(table) == len(rows) > 0
    for column, (name, values) in enumerate(table.columns.items()):
        cells = [row[column] for row in rows]
        if values.dtype.kind == "U":
            assert values.tolist() == cells, name
        else:
            np.testing.assert_array_equal(values, [float(cell) if cell else np.nan for cell in cells], name)


def test_replay(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "replay"
    assert command("replay", *flags(**SMALL, out=out)).returncode == 0
    replay = sieve.replay(**SMALL)
    assert_same(replay, out / "layers.csv")
    assert_same(replay.energy, out / "energy.csv")
    assert replay.summary == json.loads((out / "summary.json").read_text())


def test_replay_with_changes_of_several_models(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "replay"
    given: dict[str, Any] = {
        "model": ["gpt-oss-20b", "qwen3-30b-a3b"],
        "batch": 4,
        "methods": "sieve",
        "steps": 1,
        "warmup_steps": 1,
        "seed": 7,
        "kv_len": 512,
        "scheduler_cost": 0,
        "gpu_law": "calibrated",
        "threads": 1,
    }
    changes = {"tFAW": 30, "refresh": "none", "gpu.hbm_bytes_per_s": 4 * 10**12}
    sets = [part for path, value in changes.items() for part in ("--set", f"{path}={value}")]
    run = command("replay", *flags(**given, out=out), *sets)
    assert run.returncode == 0, run.stderr
    with pytest.warns(sieve.SieveWarning) as caught:
        replay = sieve.replay(**given, set=changes)
    assert_same(replay, out / "layers.csv")
    assert replay.summary == json.loads((out / "summary.json").read_text())
    assert [str(warning.message) for warning in caught] == [
        text for model in replay.summary["models"] for text in model["warnings"]
    ]


def test_one_product(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "product.csv"
    run = command("gemv", *flags(shape="1536x2048", device="gddr6-aim", tokens=2, csv=file), "--json")
    product = sieve.gemv((1536, 2048), device="gddr6-aim", tokens=2)
    assert_same(product, file)
    assert product.summary == json.loads(run.stdout)
    without = sieve.gemv("1536x2048", device="gddr6-aim", tokens=2, peak=False)
    assert without.columns["cycles"] == product.columns["cycles"]
    assert "peak_power_mw" in product.summary
    assert "peak_power_mw" not in without.summary


def test_products_on_every_combination(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "banks.csv"
    sets = ["--set", "geometry.banks=8,16,23", "--set", "activation=per_bank,ganged(4)"]
    run = command("gemv", *flags(shape="1024x1024", csv=file), *sets, "--json")
    banks = sieve.gemv("1024x1024", set={"geometry.banks": [8, 16, 23], "activation": ["per_bank", "ganged(4)"]})
    assert_same(banks, file)
    assert banks.summary == json.loads(run.stdout)
    assert banks.columns["geometry.banks"].tolist() == [8, 8, 16, 16, 23, 23]
    impossible = banks.columns["impossible"] != ""
    assert impossible.tolist() == [False] * 4 + [True] * 2
    assert np.isnan(banks.columns["cycles"]).tolist() == impossible.tolist()


@pytest.mark.parametrize("as_file", [True, False])
def test_sweep(command: Command, tmp_path: Path, as_file: bool) -> None:
    file, there, here = tmp_path / "small.ron", tmp_path / "there", tmp_path / "here"
    file.write_text(RON)
    ran = command("sweep", "run", file, "--out", there, "--json")
    assert command("sweep", "merge", there, "--out", tmp_path / "there.csv").returncode == 0
    sweep = sieve.sweep(file, here) if as_file else sieve.sweep(SPEC, here, name="small")
    assert_same(sweep, tmp_path / "there.csv")
    assert sweep.summary == json.loads(ran.stdout)
    points = {path.name: path.read_bytes() for path in (there / "points").iterdir()}
    assert {path.name: path.read_bytes() for path in (here / "points").iterdir()} == points


def test_a_sweep_goes_on_where_it_was(tmp_path: Path) -> None:
    half = sieve.sweep(SPEC, tmp_path, shard="1/2")
    assert "missing" in half.columns["status"]
    whole = sieve.sweep(SPEC, tmp_path)
    assert whole.summary["found"] == half.summary["computed"] > 0
    assert whole.summary["computed"] > 0
    again = sieve.sweep(SPEC, tmp_path, threads=1)
    assert (again.summary["found"], again.summary["computed"]) == (whole.summary["points"], 0)
    for name, values in whole.columns.items():
        np.testing.assert_array_equal(again.columns[name], values, name)
    assert sorted(set(whole.columns["status"])) == ["done", "impossible", "skipped"]
