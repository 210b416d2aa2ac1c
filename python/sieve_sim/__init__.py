"""Sieve-Sim: cycle-accurate processing in memory for serving Mixture-of-Experts language models.

>>> import sieve_sim as sieve
>>> replay = sieve.replay(batch=[1, 16], methods=["noexp", "sieve"])
>>> replay.columns["step_time_us"], replay.to_pandas()

Arguments have the names, defaults, checks and error texts of the options of the `sieve` command.
"""

from ._native import SieveError, __version__, presets
from ._run import Replay, SieveWarning, gemv, replay, resolve_config, sweep
from ._table import Result, Table

__all__ = [
    "Replay",
    "Result",
    "SieveError",
    "SieveWarning",
    "Table",
    "__version__",
    "gemv",
    "presets",
    "replay",
    "resolve_config",
    "sweep",
]
