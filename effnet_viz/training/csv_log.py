"""CSV files that grow while a training runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from effnet_viz.training.files import write_atomically


def read_csv_log(path: Path) -> list[dict[str, float | str]]:
    """Rows of `log.csv` or `gates.csv`, numbers as numbers; no rows where there is no file yet.

    Raises:
        ValueError: somebody has changed the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return [
            {key: value if key == "block" else float(value) for key, value in row.items()}
            for row in csv.DictReader(io.StringIO(text))
        ]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, csv.Error) as error:
        raise ValueError(f"{path} is not as a training writes it; move it away, or choose another folder.") from error


class CsvLog:
    """A CSV file that grows by rows and is whole at any moment."""

    def __init__(self, path: Path, up_to_step: int) -> None:
        self.path = path
        self.rows: list[Mapping[str, Any]] = [row for row in read_csv_log(path) if row.get("step", 0) <= up_to_step]

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write the file again with further rows below."""
        self.rows += rows
        if not self.rows:
            return
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(self.rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in self.rows:
            writer.writerow({key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()})
        write_atomically(self.path, lambda file: file.write(text.getvalue().encode()))
