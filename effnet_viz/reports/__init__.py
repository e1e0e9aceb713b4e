"""One result as one file that opens anywhere."""

from effnet_viz.reports.beside import BesideFindings, comparison_report
from effnet_viz.reports.findings import Findings, find
from effnet_viz.reports.settings import ReportSettings
from effnet_viz.reports.write import report

__all__ = ["BesideFindings", "Findings", "ReportSettings", "comparison_report", "find", "report"]
