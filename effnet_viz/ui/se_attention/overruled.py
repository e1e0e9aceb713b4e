"""What a visitor did to the gates of a network, and how the address spells it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from effnet_viz.ui.widgets.address import SEPARATOR, Reading

ALL = "all"
IS, TO = "~", "="  # `6.2~ones` for a block, `6.2~17=0.25` for a channel
MOST = 32  # channels by hand that an address carries


@dataclass(kw_only=True)
class Overruled:
    """Gates that a visitor set.

    Attributes:
        modes: block to what is done to all its gates.
        channels: block to single channels and their gates.
        other: the photo that gates are taken from.
    """

    modes: dict[str, str] = field(default_factory=dict)
    channels: dict[str, dict[int, float]] = field(default_factory=dict)
    other: str | None = None

    @property
    def blocks(self) -> list[str]:
        """Ids of all blocks with a gate that was set, in order."""
        return sorted(
            {*self.modes, *(block for block, gates in self.channels.items() if gates)},
            key=lambda block: [int(part) for part in block.split(".")],
        )


def spelled(mine: Overruled, blocks: Collection[str]) -> str | None:
    """What was done as the address says it, such as `all~ones;6.2~17=0.25`; None where nothing was done.

    Args:
        mine: what was done.
        blocks: ids of all blocks with gates.
    """
    modes = set(mine.modes.values())
    if len(modes) == 1 and set(mine.modes) == set(blocks):
        words = [f"{ALL}{IS}{modes.pop()}"]
    else:
        words = [f"{block}{IS}{mine.modes[block]}" for block in mine.blocks if block in mine.modes]
    words += [
        f"{block}{IS}{channel}{TO}{gate:.3g}"
        for block in mine.blocks
        for channel, gate in mine.channels.get(block, {}).items()
    ]
    return SEPARATOR.join(words) or None


def read_overruled(text: str, gates: Mapping[str, int], modes: Collection[str]) -> Reading[Overruled]:
    """What the address asks for; what the network does not have is left out.

    Args:
        text: what the address says.
        gates: id of every block with gates to their number.
        modes: what can be done to a block.
    """
    mine, problem = Overruled(), ""
    for word in text.split(SEPARATOR, len(gates) + MOST)[: len(gates) + MOST]:
        block, _, wish = word.partition(IS)
        channel, to, gate = wish.partition(TO)
        if not to and wish in modes and block in (ALL, *gates):
            mine.modes |= dict.fromkeys(gates if block == ALL else [block], wish)
        elif block in gates and (pair := _pair(channel, gate, gates[block])):
            mine.channels.setdefault(block, {})[pair[0]] = pair[1]
        else:
            problem = "names a block, a gate or a change that this network does not have"
    return Reading(mine, problem)


def _pair(channel: str, gate: str, count: int) -> tuple[int, float] | None:
    """A channel and its gate; None where either cannot be."""
    try:
        number, value = int(channel), float(gate)
    except ValueError:
        return None
    return (number, value) if 0 <= number < count and 0 <= value <= 1 else None
