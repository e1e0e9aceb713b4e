"""Tables made by ourselves hold what Streamlit would have sent: it goes by way of pandas, and is asked here."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from streamlit.dataframe_util import convert_anything_to_arrow_bytes

from effnet_viz.architecture import plan
from effnet_viz.draw.comparison_charts import answers_before_and_after
from effnet_viz.ui.structure.comparison_tables import totals_rows
from effnet_viz.ui.widgets.table_data import table_of

ROWS = {
    "numbers": [{"a": 1, "b": 0.5}, {"a": 2, "b": -3.25}],
    "words and truth": [{"name": "2.1", "same": True}, {"name": "“ü”", "same": False}],
    "a column that only a later row has": [{"a": 1}, {"a": 2, "late": 3.5}],
    "None and NaN": [{"a": None, "b": math.nan, "c": "x"}, {"a": 4.5, "b": 1.0, "c": None}],
    "nothing": [{"a": None}, {"a": None}],
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_a_table_is_what_streamlit_makes_of_the_rows(rows):
    sent = pa.ipc.open_stream(convert_anything_to_arrow_bytes(rows)).read_all()
    assert table_of(rows).to_pylist() == sent.to_pylist()


def test_the_tables_of_a_page_and_a_chart_are_what_streamlit_makes_of_them():
    chart = answers_before_and_after([("tiger cat", 0.5, 0.25), ("espresso", 0.125, 0.0)])
    for rows in (totals_rows([plan("b0"), plan("v2_s")]), chart["data"]["values"]):
        sent = pa.ipc.open_stream(convert_anything_to_arrow_bytes(rows)).read_all()
        assert len(rows) > 1 and table_of(rows).to_pylist() == sent.to_pylist()
