"""Errors have the text of the command."""

from collections.abc import Callable
from pathlib import Path

import pytest

import sieve_sim as sieve
from conftest import Command

CASES: list[tuple[Callable[[], object], str]] = [
    (lambda: sieve.replay(model="qwen3-30b"), "replay --model qwen3-30b"),
    (lambda: sieve.replay(model=["gpt-oss-20b"] * 2), "replay --model gpt-oss-20b,gpt-oss-20b"),
    (lambda: sieve.replay(batch=[0, 1]), "replay --batch 0,1"),
    (lambda: sieve.replay(batch=-1), "replay --batch=-1"),
    (lambda: sieve.replay(batch=[]), "replay --batch="),
    (lambda: sieve.replay(methods="seive"), "replay --methods seive"),
    (lambda: sieve.replay(trace="a.npz", synthetic="uniform"), "replay --trace a.npz --synthetic uniform"),
    (lambda: sieve.replay(trace="nowhere.npz"), "replay --trace nowhere.npz"),
    (lambda: sieve.replay(set={"tFWA": 30}), "replay --set tFWA=30"),
    (lambda: sieve.replay(set=["tFAW"]), "replay --set tFAW"),
    (lambda: sieve.replay(set="steps=0"), "replay --set steps=0"),
    (lambda: sieve.replay(chunk_tokens=8), "replay --chunk-tokens 8"),
    (lambda: sieve.replay(scheduler_cost=-1), "replay --scheduler-cost=-1"),
    (lambda: sieve.replay(minibatches="two"), "replay --minibatches two"),
    (lambda: sieve.replay(threads=0), "replay --threads 0"),
    (lambda: sieve.resolve_config(system="b300"), "replay --system b300"),
    (lambda: sieve.gemv("4096"), "gemv --shape 4096"),
    (lambda: sieve.gemv("64x64", device="gddr7"), "gemv --shape 64x64 --device gddr7"),
    (lambda: sieve.gemv("64x64", channels=4096), "gemv --shape 64x64 --channels 4096"),
    (lambda: sieve.gemv("64x64", set={"geometry.banks": 23}), "gemv --shape 64x64 --set geometry.banks=23"),
    (
        lambda: sieve.gemv((10**6, 2**31), set="activation=ganged(3"),
        "gemv --shape 1000000x2147483648 --set activation=ganged(3",
    ),
]


@pytest.mark.parametrize(("call", "line"), CASES, ids=[line for _, line in CASES])
def test_texts(command: Command, tmp_path: Path, call: Callable[[], object], line: str) -> None:
    out = ["--out", str(tmp_path / "out")] if line.startswith("replay") else []
    run = command(*line.split(), *out)
    assert run.returncode == 2
    with pytest.raises(sieve.SieveError) as caught:
        call()
    assert said(run.stderr) == str(caught.value)


def said(stderr: str) -> str:
    """Without the mark before an error, and without usage and help behind one of an option."""
    if stderr.startswith("error: "):
        return stderr.removeprefix("error: ").split("\n\nUsage:")[0].split("\n\nFor more")[0]
    return stderr.removeprefix("[ERROR] ").rstrip("\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("(level: gemv(", "2:1: Unexpected end of RON"),
        ('(level: gemv(shape: "64x64"), axes: [{"bank": [1]}])', "axes: bank=1: no such field"),
        ('(level: gemv(shape: "64x64"), axes: [{"geometry.banks": []}])', "axes: `geometry.banks` has no values"),
    ],
)
def test_sweeps_name_their_file(command: Command, tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "wrong.ron"
    file.write_text(text + "\n")
    run = command("sweep", "run", file, "--out", tmp_path / "there")
    with pytest.raises(sieve.SieveError) as caught:
        sieve.sweep(file, tmp_path / "here")
    assert said(run.stderr) == str(caught.value)
    assert str(caught.value).startswith(str(file))
    assert not (tmp_path / "here").exists()


def test_sweeps_of_dicts_name_themselves(tmp_path: Path) -> None:
    spec = {"level": {"gemv": {"shape": "64x64"}}, "axes": [{"timing.tFWA": [1]}]}
    with pytest.raises(sieve.SieveError, match=r"^banks: axes: timing.tFWA.*did you mean `timing.tFAW`"):
        sieve.sweep(spec, tmp_path, name="banks")
    with pytest.raises(sieve.SieveError, match=r"^sweep:\d+:\d+: .*`axis`.*did you mean `axes`"):
        sieve.sweep({"level": {"gemv": {}}, "axis": []}, tmp_path)
    with pytest.raises(sieve.SieveError, match=r"^shard: `0/2`"):
        sieve.sweep(spec, tmp_path, shard="0/2")


def test_errors_are_value_errors() -> None:
    assert issubclass(sieve.SieveError, ValueError)
    assert sieve.SieveError.__module__ == "sieve_sim"


def test_misspelt_arguments() -> None:
    with pytest.raises(TypeError, match="modle"):
        sieve.replay(modle="gpt-oss-20b")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="modle"):
        sieve.resolve_config(modle="gpt-oss-20b")  # type: ignore[call-arg]
