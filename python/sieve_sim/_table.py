"""Results as columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Columns: TypeAlias = Mapping[str, NDArray[Any] | list[str]]


class Table:
    """Rows of a CSV file of the command, by column. `len` is the number of rows."""

    columns: dict[str, NDArray[Any]]
    """Name -> `(rows,)` of `int64`, `float64` (NaN where nothing is known) or `str`; units are in the names."""

    def __init__(self, columns: Columns) -> None:
        self.columns = {
            name: np.array(values, dtype=np.str_) if isinstance(values, list) else values
            for name, values in columns.items()
        }

    def __len__(self) -> int:
        return next((len(values) for values in self.columns.values()), 0)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} rows of {', '.join(self.columns)}>"

    def to_pandas(self) -> pd.DataFrame:
        """The columns as a `pandas.DataFrame`, which needs pandas."""
        import pandas as pd

        return pd.DataFrame(self.columns)


class Result(Table):
    """A table, and what the command prints with `--json`."""

    summary: dict[str, Any]

    def __init__(self, columns: Columns, summary: dict[str, Any]) -> None:
        super().__init__(columns)
        self.summary = summary
