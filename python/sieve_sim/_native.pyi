from typing import Any, Final, TypeAlias

from numpy.typing import NDArray

__all__ = ["SieveError", "__version__", "gemv", "presets", "replay", "resolve_config", "sweep"]

_Columns: TypeAlias = dict[str, NDArray[Any] | list[str]]

__version__: Final[str]

class SieveError(ValueError):
    """Input that cannot be used. The text says where, what was found and what is allowed."""

def presets() -> dict[str, list[str]]:
    """Names of what is shipped, by the argument that takes them."""

def replay(arguments: list[str], threads: list[str]) -> tuple[_Columns, _Columns, str]: ...
def resolve_config(arguments: list[str]) -> str: ...
def gemv(arguments: list[str]) -> tuple[_Columns, str]: ...
def sweep(name: str, text: str | None, out: str, shard: str, threads: list[str]) -> tuple[_Columns, str]: ...
