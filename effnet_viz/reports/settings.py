"""What has to be known to make a report again."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import asdict, dataclass, fields

from effnet_viz import __version__

_SETTINGS = re.compile(r'<script type="application/json" id="settings">(.*?)</script>', re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class ReportSettings:
    """What has to be known to make a report again.

    Attributes:
        photo: path of the photo, or the name of a bundled one.
        model: a variant such as `b0`, or a checkpoint file.
        weights: which set of a variant.
        classes: file with the class names of a checkpoint.
        target: index of the class; None takes the most probable.
        layer: stage, block or step that evidence is taken at; None takes the final convolution.
        methods: names of methods of class evidence.
        gates: how many of the gates that the photo moves most are explained; 0 for none.
        chosen_gates: gates that are explained whatever they do, each as `5.2:17`, block and channel.
        trust: whether each map is checked by taking away what it marks.
        beside: a second variant or checkpoint file; the report compares both.
        beside_weights: which set of the second variant.
        photo_digest: SHA-256 of the photo; None where it is not known yet.
    """

    photo: str
    model: str
    weights: str = "auto"
    classes: str | None = None
    target: int | None = None
    layer: str | None = None
    methods: tuple[str, ...] = ("grad_cam",)
    gates: int = 4
    chosen_gates: tuple[str, ...] = ()
    trust: bool = True
    beside: str | None = None
    beside_weights: str = "auto"
    photo_digest: str | None = None

    def json(self) -> str:
        """The settings with the version that wrote them, as JSON."""
        return json.dumps({"effnet_viz": __version__, **asdict(self)}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> ReportSettings:
        """Read settings that `json` wrote.

        Raises:
            ValueError: not such settings.
        """
        try:
            given = dict(json.loads(text))
            given.pop("effnet_viz", None)
            unknown = given.keys() - {field.name for field in fields(cls)}
            if unknown:
                raise ValueError(f"no setting is called {', '.join(sorted(unknown))}")
            listed = {name: tuple(given[name]) for name in ("methods", "chosen_gates") if name in given}
            return cls(**given | listed)
        except (ValueError, TypeError) as error:
            raise ValueError(f"These are not the settings of a report: {error}.") from error

    def command(self) -> str:
        """The command that makes this report."""
        options = {
            "--model": self.model,
            "--weights": self.weights,
            "--classes": self.classes,
            "--target": self.target,
            "--layer": self.layer,
            "--gates": self.gates,
            "--beside": self.beside,
            "--beside-weights": self.beside_weights if self.beside else None,
        }
        words = [word for name, value in options.items() if value is not None for word in (name, str(value))]
        words += [word for method in self.methods for word in ("--method", method)]
        words += [word for gate in self.chosen_gates for word in ("--gate", gate)]
        return shlex.join(["effnet-viz", "report", self.photo, *words, *([] if self.trust else ["--no-trust"])])


def settings_in(text: str) -> ReportSettings:
    """The settings in a report, or in a file of settings.

    Args:
        text: content of either.

    Raises:
        ValueError: there are none.
    """
    inside = _SETTINGS.search(text)
    return ReportSettings.from_json(inside.group(1) if inside else text)


def block_and_channel(gate: str) -> tuple[str, int]:
    """The gate that `5.2:17` means.

    Raises:
        ValueError: not of this form.
    """
    block, _, channel = gate.partition(":")
    if not block or not channel.isdecimal():
        raise ValueError(f"gate is {gate!r}; write block and channel, such as 5.2:17.")
    return block, int(channel)
