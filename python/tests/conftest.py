"""The command that results are compared with."""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

SMALL: dict[str, Any] = {"batch": [1, 8], "methods": ["noexp", "sieve"], "steps": 1, "warmup_steps": 1}
"""A replay that takes a second."""

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def command() -> Command:
    """Runs `sieve` with these arguments."""
    binary = os.environ.get("SIEVE_BIN")
    if binary is None:
        pytest.skip("SIEVE_BIN does not name a sieve to compare with")

    def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([binary, *map(str, arguments)], capture_output=True, text=True, check=False)

    return run


def flags(**options: object) -> list[str]:
    """Options as a user of the command writes them."""
    texts = {
        name: ",".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
        for name, value in options.items()
    }
    return [part for name, text in texts.items() for part in (f"--{name.replace('_', '-')}", text)]
