"""Sweeps, written as their files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping


def text(spec: Mapping[str, object]) -> str:
    """The text of a sweep whose parts are `level`, `set`, `axes` and `skip`."""
    return "(\n" + "".join(f"    {name}: {_part(name, value)},\n" for name, value in spec.items()) + ")\n"


def _part(name: str, value: object) -> str:
    if name == "level" and isinstance(value, Mapping):
        return ", ".join(level + _struct(fields, _text) for level, fields in value.items())
    if name == "skip" and isinstance(value, Iterable):
        return f"[{', '.join(map(_struct, value))}]"
    return _value(value)


def _struct(value: object, write: Callable[[object], str] | None = None) -> str:
    if isinstance(value, Mapping):
        return f"({', '.join(f'{name}: {(write or _value)(field)}' for name, field in value.items())})"
    return _value(value)


def _value(value: object) -> str:
    """As in RON; text is a value of RON if it has brackets or quotes, such as `ganged(4)`, and otherwise a name."""
    if isinstance(value, str):
        return value if value.endswith((")", "]", '"')) else _text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(path)}: {_value(item)}" for path, item in value.items()) + "}"
    return f"[{', '.join(map(_value, value))}]" if isinstance(value, Iterable) else _text(value)


def _text(value: object) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)
