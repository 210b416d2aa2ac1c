"""What may be asked for."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import sieve_sim as sieve
from conftest import Command


def test_version(command: Command) -> None:
    assert command("--version").stdout.split()[:2] == ["sieve", sieve.__version__]


def test_presets() -> None:
    presets = sieve.presets()
    assert "qwen3-30b-a3b" in presets["model"]
    assert "sieve" in presets["methods"]
    assert "bank-config" in presets["spec"]
    for model in presets["model"]:
        [config] = sieve.resolve_config(model=model, methods="gpu-only")
        assert config["model"]["name"] == model
    for device in presets["device"]:
        with pytest.raises(sieve.SieveError, match="--set no: no such field"):
            sieve.gemv("64x64", device=device, set={"no": 1})


def test_resolve_config() -> None:
    [config] = sieve.resolve_config(model="gpt-oss-20b", batch=[2, 4], set={"timing.tFAW": 30, "prefill": None})
    assert config["run"]["batches"] == [2, 4]
    assert config["system"]["pim"]["timing"]["tFAW"] == {"ck": 30}
    assert config["system"]["pim"]["sources"]["timing.tFAW"] == "command line"
    two = sieve.resolve_config(model=["gpt-oss-20b", "qwen3-30b-a3b"], set=["steps=9", "batches=[1, 64]"])
    assert [config["run"]["steps"] for config in two] == [9, 9]
    assert two == sieve.resolve_config(model="gpt-oss-20b,qwen3-30b-a3b", set={"steps": 9, "batches": [1, 64]})


def test_every_option_of_the_command_is_an_argument(command: Command) -> None:
    """Those that write and print, that judge claims, and short forms of `--set` have no place in Python."""
    apart = {"out", "json", "claims", "no_claims", "help", "activation", "refresh", "kv_placement", "csv", "commands"}
    functions: dict[str, Callable[..., object]] = {"replay": sieve.replay, "gemv": sieve.gemv}
    for name, function in functions.items():
        options = re.findall(r"^\s+(?:-\w, )?--([\w-]+)", command(name, "--help").stdout, re.MULTILINE)
        given = {option.replace("-", "_") for option in options} - apart
        assert {option.removeprefix("no_") for option in given} == set(inspect.signature(function).parameters)


def test_files(tmp_path: Path) -> None:
    system = tmp_path / "mine.ron"
    system.write_text('(name: "mine", gpu: "b200", link: "nvlink5", pim: "sieve-hbm3e")')
    [config] = sieve.resolve_config(system=system, model="gpt-oss-20b")
    assert config["system"]["name"] == "mine"
