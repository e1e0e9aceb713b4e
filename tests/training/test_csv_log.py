"""Logs of a training that somebody has changed: refused in one sentence."""

from __future__ import annotations

import pytest

from effnet_viz.training.csv_log import CsvLog, read_csv_log


@pytest.mark.parametrize(
    "content",
    [
        b"step,loss\na,b\n",
        b"step,loss\n1\n",
        b"step,loss\n1,2,3\n",
        "step\n1".encode("utf-16"),
        b"a\n" + b"1" * 200_000,
    ],
)
def test_a_changed_log_is_refused_in_one_sentence(content: bytes, tmp_path):
    (tmp_path / "log.csv").write_bytes(content)
    for read in (read_csv_log, lambda path: CsvLog(path, up_to_step=5)):
        with pytest.raises(ValueError, match=r"log\.csv is not as a training writes it; move it away"):
            read(tmp_path / "log.csv")
