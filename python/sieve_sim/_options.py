"""Arguments of functions, written as the options of the command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike, fspath


def arguments(**options: object) -> list[str]:
    """`--name=value` for every option that is given; lists are separated by commas, `True` is a bare `--name`."""
    given = {
        name.replace("_", "-"): value for name, value in options.items() if value is not None and value is not False
    }
    return [f"--{name}" if value is True else f"--{name}={_several(value)}" for name, value in given.items()]


def assignments(changes: Mapping[str, object] | Iterable[str] | None, grid: bool = False) -> list[str]:
    """`--set=path=value` for every change. In a grid a list is several values to try, otherwise it is one value."""
    if isinstance(changes, Mapping):
        write = _several if grid else _one
        changes = [f"{path}={write(value)}" for path, value in changes.items()]
    return [f"--set={change}" for change in ([changes] if isinstance(changes, str) else changes or ())]


def _several(value: object) -> str:
    if isinstance(value, Iterable) and not isinstance(value, str | PathLike):
        return ",".join(map(_one, value))
    return _one(value)


def _one(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | PathLike):
        return fspath(value)
    return f"[{', '.join(map(_one, value))}]" if isinstance(value, Iterable) else str(value)
