"""What a diagram can weigh its blocks by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from effnet_viz.architecture import BlockPlan
from effnet_viz.draw.numbers import si


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A number that every block has.

    Attributes:
        key: name of the block's attribute.
        label: words for people.
        short: the same where room is scarce.
        unit: follows the number.
        additive: whether several blocks add up; of the receptive field only the last counts.
        measured: block id to what was measured there; empty where the value follows from the plan.
    """

    key: str
    label: str
    short: str
    unit: str
    additive: bool = True
    measured: Mapping[str, float] = field(default_factory=dict)

    def of(self, blocks: Sequence[BlockPlan]) -> float:
        """The value of blocks in a row."""
        values = [self.measured[block.id] if self.measured else getattr(block, self.key) for block in blocks]
        return sum(values) if self.additive else values[-1]

    def words(self, value: float) -> str:
        """The value with its unit."""
        if self.measured:
            return f"{value:,.3g} {self.unit}"
        return f"{value:,.0f} {self.unit}" if self.key == "receptive_field" else si(value, self.unit)


METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        Metric(key="params", label="Parameters", short="Parameters", unit=""),
        Metric(key="macs", label="MACs", short="MACs", unit=""),
        Metric(key="activation_bytes", label="Activation memory", short="Memory", unit="B"),
        Metric(key="receptive_field", label="Receptive field", short="Field", unit="px", additive=False),
    )
}


def time_measured(milliseconds: Mapping[str, float]) -> Metric:
    """Time as the bars of a diagram.

    Args:
        milliseconds: of every block, by id.
    """
    return Metric(key="milliseconds", label="Time here", short="Time", unit="ms", measured=milliseconds)


def metric_named(name: str) -> Metric:
    """A metric by its name.

    Raises:
        ValueError: it does not exist.
    """
    if name not in METRICS:
        raise ValueError(f"metric is {name!r}; it can be {', '.join(METRICS)}.")
    return METRICS[name]
