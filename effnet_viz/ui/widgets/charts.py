"""Charts that are built once for everybody: putting one together takes Altair 10 to 50 ms."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import altair as alt

from effnet_viz.draw.vega import Chart, specification
from effnet_viz.ui.session.byte_cache import kept

Charts = Sequence[alt.TopLevelMixin | Chart]


def charts(key: tuple[Hashable, ...], make: Callable[[], Charts]) -> list[Chart]:
    """Vega-Lite specifications of charts, built once for everybody who sees the same.

    Args:
        key: stands for everything that the charts are drawn from.
        make: builds the charts.
    """
    return _charts(key, make)


@kept
def _charts(key: tuple[Hashable, ...], _make: Callable[[], Charts]) -> list[Chart]:
    return [specification(chart) for chart in _make()]
