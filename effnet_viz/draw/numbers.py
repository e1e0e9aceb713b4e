"""Numbers as people read them: thousands separated, M and G with three figures, a unit always."""

from __future__ import annotations

_STEPS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def si(value: float, unit: str = "") -> str:
    """Three figures and a prefix: 66,347,960 is `66.3 M`, 385,862,016 is `386 M`; `unit` follows without a space.

    Args:
        value: any number.
        unit: what it counts, such as `B` for bytes.
    """
    sign = "−" if value < 0 else ""
    size = abs(value)
    for step, prefix in _STEPS:
        if size >= step * 0.9995:
            return f"{sign}{_three_figures(size / step)} {prefix}{unit}"
    whole = f"{size:.0f}" if float(size).is_integer() else _three_figures(size)
    return f"{sign}{whole} {unit}".rstrip()


def signed_si(value: float) -> str:
    """As `si`, with a plus sign where it grows."""
    return f"+{si(value)}" if value > 0 else si(value)


def share(part: float, whole: float) -> str:
    """A part in percent: `0.59%`; what is not nothing never reads 0%.

    Args:
        part: a number that is not negative.
        whole: what it is a part of, in the same unit; of nothing, every part is `0%`.
    """
    if not whole:
        return "0%"
    percent = 100 * part / whole
    if percent and percent < 0.01:
        return "<0.01%"
    return f"{percent:.2f}%" if percent < 1 else f"{percent:.1f}%"


def shape(values: tuple[int, ...]) -> str:
    """A shape `(C, H, W)` as `H×W×C`, the way the papers write it; a vector as its length."""
    return f"{values[1]}×{values[2]}×{values[0]:,}" if len(values) == 3 else f"{values[0]:,}"


def ratio(right: float, left: float) -> str:
    """`right` as a multiple of `left`, three figures: `12.5×`; a dash where left is nothing.

    Args:
        right: a number.
        left: a number in the same unit.
    """
    return f"{_three_figures(right / left)}×" if left else "–"


def factor(value: float) -> str:
    """A multiplier with up to three digits after the point and no idle zeros: `1.1`, `2`."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _three_figures(value: float) -> str:
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"
