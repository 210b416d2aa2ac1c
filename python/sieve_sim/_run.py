"""Replays, products and sweeps."""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike, fspath
from typing import Any, ParamSpec, TypeAlias

from . import _native, _sweeps
from ._options import arguments, assignments
from ._table import Columns, Result, Table

Options = ParamSpec("Options")
Path: TypeAlias = str | PathLike[str]
Changes: TypeAlias = Mapping[str, object] | Iterable[str]


class SieveWarning(UserWarning):
    """What to know before trusting the numbers of a replay."""


class Replay(Result):
    """The columns of `layers.csv`, a row per model, batch, method and layer group. `summary` is `summary.json`."""

    energy: Table
    """The columns of `energy.csv`, a row per point and part; no columns where energy is not known."""

    def __init__(self, layers: Columns, energy: Columns, summary: dict[str, Any]) -> None:
        super().__init__(layers, summary)
        self.energy = Table(energy)


def replay(
    *,
    model: Path | Sequence[Path] | None = None,
    batch: int | Sequence[int] | None = None,
    methods: str | Sequence[str] | None = None,
    system: Path | None = None,
    set: Changes | None = None,
    trace: Path | None = None,
    synthetic: Path | None = None,
    steps: int | None = None,
    warmup_steps: int | None = None,
    seed: int | None = None,
    kv_len: int | str | None = None,
    minibatches: int | str | None = None,
    scheduler_cost: float | None = None,
    gpu_law: Path | None = None,
    link_law: Path | None = None,
    arbitration: str | None = None,
    placement: str | None = None,
    prefill: Path | None = None,
    prompt_len: int | str | None = None,
    chunk_tokens: int | None = None,
    threads: int | None = None,
) -> Replay:
    """Replay decode steps of batches under scheduling methods.

    The arguments are the options of `sieve replay` with the same defaults, which `sieve replay --help` explains.
    `set` changes fields of the configuration: path -> value, or texts `path=value`. `scheduler_cost` is in us per 256
    experts. The paper's claims are not judged. What to know before trusting the numbers is given as `SieveWarning`s.

    Raises `SieveError` for input that cannot be used, with the text of the command.
    """
    layers, energy, text = _native.replay(*_spelt(**locals()))
    summary = json.loads(text)
    for model_summary in summary["models"]:
        for warning in model_summary["warnings"]:
            warnings.warn(warning, SieveWarning, stacklevel=2)
    return Replay(layers, energy, summary)


def _resolving(function: Callable[Options, Replay]) -> Callable[Options, list[dict[str, Any]]]:
    signature = inspect.signature(function)

    def resolve_config(*args: Options.args, **options: Options.kwargs) -> list[dict[str, Any]]:
        """Resolve the configurations, one a model, that `replay` with these arguments would run.

        They have the fields of `config.resolved.ron`, whose paths `set` takes, with the source of each number.

        Raises `SieveError` for input that cannot be used.
        """
        given, _ = _spelt(**signature.bind(*args, **options).arguments)
        configs: list[dict[str, Any]] = json.loads(_native.resolve_config(given))
        return configs

    resolve_config.__signature__ = signature.replace(return_annotation="list[dict[str, Any]]")  # type: ignore[attr-defined]
    return resolve_config


resolve_config = _resolving(replay)


def gemv(
    shape: str | tuple[int, int],
    *,
    device: Path | None = None,
    set: Changes | None = None,
    tokens: int | None = None,
    channels: int | None = None,
    order: str | None = None,
    peak: bool = True,
) -> Result:
    """Time a matrix-vector product on a PIM device, or on every combination of listed values.

    `shape` is (outputs, inputs), or text `OUTxIN`. `set` changes fields of the device: path -> value, or a list of
    values that are all tried. The other arguments are the options of `sieve gemv`; `peak=False` does not look for the
    peak power, which takes most of the time. Columns are those of `sieve gemv --csv`, a row a combination; `summary`
    is what `--json` prints.

    Raises `SieveError` for input that cannot be used, and if no combination is possible.
    """
    shape = shape if isinstance(shape, str) else "x".join(map(str, shape))
    given = arguments(device=device, shape=shape, tokens=tokens, channels=channels, order=order, no_peak=not peak)
    columns, text = _native.gemv(given + assignments(set, grid=True))
    return Result(columns, json.loads(text))


def sweep(
    spec: Path | Mapping[str, object],
    out: Path,
    *,
    name: str = "sweep",
    shard: str = "1/1",
    threads: int | None = None,
) -> Result:
    """Run a sweep into a folder, of which finished points are kept, and collect its rows.

    `spec` is the name of a shipped sweep, the path of a .ron file, or what stands in such a file as dicts and lists:
    `{"level": {"gemv": {"shape": "4096x4096"}}, "axes": [{"geometry.banks": [8, 16]}]}`; that has a `name` in the
    folder. `shard="2/8"` computes every eighth point from the second on; rows of others have the status `missing`
    until they are finished. Columns are those of `sieve sweep merge`; `summary` counts, as `sieve sweep run --json`.

    Raises `SieveError` for input that cannot be used. After Ctrl-C points that were begun are finished, and the next
    call goes on from there.
    """
    text = None
    if isinstance(spec, Mapping):
        text = _sweeps.text(spec)
        spec = name
    columns, ran = _native.sweep(fspath(spec), text, fspath(out), shard, arguments(threads=threads))
    return Result(columns, json.loads(ran))


def _spelt(set: Changes | None = None, threads: int | None = None, **options: object) -> tuple[list[str], list[str]]:
    """Options of a replay, and its threads, as for the command."""
    return arguments(**options) + assignments(set), arguments(threads=threads)
