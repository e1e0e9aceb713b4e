"""Ways to find out where on a photo the evidence for a class lies: one table, each with what it shows and what not."""

from effnet_viz.explain.methods.evidence import evidence, evidence_from_capture
from effnet_viz.explain.methods.method import Method
from effnet_viz.explain.methods.registry import METHODS, method

__all__ = ["METHODS", "Method", "evidence", "evidence_from_capture", "method"]
