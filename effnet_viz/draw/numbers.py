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
    """A part in percent: `0.59%`; what is not nothing never reads 0%, what is not all never 100%.

    Args:
        part: a number that is not negative.
        whole: what it is a part of, in the same unit; of nothing, every part is `0%`.
    """
    if not whole:
        return "0%"
    hundredths = 100 * part / whole
    if not hundredths:
        return "0%"
    if hundredths < 0.01:
        return "<0.01%"
    if 99.95 <= hundredths < 100:
        return ">99.9%"
    return f"{hundredths:.2f}%" if hundredths < 1 else f"{hundredths:.1f}%"


def percent(value: float) -> str:
    """A probability as people read it everywhere: `95.1%`; what can be never reads 0%, what is not sure never 100%.

    Args:
        value: from 0 to 1.
    """
    return _percent(value, digits=1)


def whole_percent(value: float) -> str:
    """A share where a tenth of a percent would be noise or has no room: `37%`; what is not nothing never reads 0%.

    Args:
        value: from 0 to 1.
    """
    return _percent(value, digits=0)


def points(change: float) -> str:
    """How much a probability or a share grew or shrank: `−2.4 points` of a hundred.

    Args:
        change: a difference of two values from 0 to 1.
    """
    words = f"{100 * change:+.1f}".replace("-", "−")
    return f"{words if float(f'{100 * change:.1f}') else '±0'} points"


def figures(value: float) -> str:
    """Three figures and never an exponent above: `1.12e-6`, `0.0123`, `2,200`; untrained networks go far from 1.

    Args:
        value: any number.
    """
    return f"{float(f'{value:.3g}'):,.0f}" if abs(value) >= 1000 else f"{value:.3g}".replace("e-0", "e-")


def signed_figures(value: float) -> str:
    """As `figures`, with a plus sign where it is above zero."""
    return f"+{figures(value)}" if value > 0 else figures(value)


def counted(number: int, one: str, many: str = "") -> str:
    """A number with what it counts: `1 channel`, `1,280 channels`.

    Args:
        number: how many.
        one: the word for a single one.
        many: the word for several; the same with an s where none is given.
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


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


def _percent(value: float, digits: int) -> str:
    least = 10**-digits  # percent
    if 0 < value < least / 200:
        return f"<{least:.{digits}f}%"
    if 1 - least / 200 <= value < 1:
        return f">{100 - least:.{digits}f}%"
    return f"{value:.{digits}%}"


def _three_figures(value: float) -> str:
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"
