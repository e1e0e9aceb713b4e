"""One result as one file that opens anywhere."""

from effnet_viz.reports.findings import Findings, ReportSettings, find
from effnet_viz.reports.write import report

__all__ = ["Findings", "ReportSettings", "find", "report"]
