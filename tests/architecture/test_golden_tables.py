"""Whole layer tables of four networks against tables kept beside this file.

The kept tables were checked against torchvision and timm, shape by shape, when they were made. After a wanted change:
`python -m tests.architecture.test_golden_tables --regenerate`, from the root of the checkout, then read the difference.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import pytest

from effnet_viz.architecture import plan

FOLDER = Path(__file__).parent / "golden"
NAMES = ("b0", "b7", "v2_s", "lite0")


def table(name: str) -> str:
    """The layer table of a variant as CSV."""
    rows = plan(name).rows("layers")
    for row in rows:
        for shape in ("in_shape", "out_shape"):
            row[shape] = "x".join(map(str, row[shape]))
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_layer_table_equals_the_kept_one(name):
    kept = (FOLDER / f"{name}.csv").read_text(encoding="utf-8")
    assert table(name).splitlines() == kept.splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_kept_tables_sum_to_the_published_parameters(name):
    published = {"b0": 5_288_548, "b7": 66_347_960, "v2_s": 21_458_488, "lite0": 4_652_008}
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        assert sum(int(row["params"]) for row in csv.DictReader(file)) == published[name]


if __name__ == "__main__":
    if sys.argv[1:] != ["--regenerate"]:
        sys.exit(__doc__)
    FOLDER.mkdir(exist_ok=True)
    for variant in NAMES:
        (FOLDER / f"{variant}.csv").write_text(table(variant), encoding="utf-8")
