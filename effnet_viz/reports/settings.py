"""What has to be known to make a report again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from contextlib import suppress
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any

from effnet_viz import __version__
from effnet_viz.one_line import one_line

_BEFORE, _BEHIND = '<script type="application/json" id="settings">', "</script>"  # of the settings in a report
_SHOWN = 60  # letters of what is wrong that are repeated
_KINDS: dict[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": lambda value: type(value) is int,
    "bool": lambda value: type(value) is bool,
    "None": lambda value: value is None,
    "tuple[str, ...]": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
}
_IN_WORDS = {"str": "words", "int": "a whole number", "bool": "true or false", "None": "null"}


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
        given = _object(text)
        given.pop("effnet_viz", None)
        if problem := _problem(given):
            raise ValueError(f"These are not the settings of a report: {problem}.")
        listed: dict[str, Any] = {name: tuple(given[name]) for name in ("methods", "chosen_gates") if name in given}
        return cls(**given | listed)

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
    _, found, behind = text.partition(_BEFORE)
    return ReportSettings.from_json(behind.partition(_BEHIND)[0] if found else text)


def _object(text: str) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):
        value = json.loads(text)
        if isinstance(value, dict):
            return value
    raise ValueError("These are not the settings of a report: they are no JSON object.")


def _problem(given: dict[str, Any]) -> str:
    """What is wrong with settings that somebody wrote, in words; empty if all is well."""
    known = {field.name: field for field in fields(ReportSettings)}
    if unknown := given.keys() - known.keys():
        return f"no setting is called {one_line(', '.join(sorted(unknown)), _SHOWN)}"
    for name, field in known.items():
        kinds = str(field.type).split(" | ")
        if name not in given:
            if field.default is MISSING:
                return f"{name} is missing"
        elif not any(_KINDS[kind](given[name]) for kind in kinds):
            wanted = " or ".join(_IN_WORDS.get(kind, "a list of words") for kind in kinds)
            return f"{name} is {one_line(json.dumps(given[name]), _SHOWN)}; it takes {wanted}"
    return ""


def block_and_channel(gate: str) -> tuple[str, int]:
    """The gate that `5.2:17` means.

    Raises:
        ValueError: not of this form.
    """
    block, _, channel = gate.partition(":")
    if not block or not channel.isdecimal():
        raise ValueError(f"gate is {gate!r}; write block and channel, such as 5.2:17.")
    return block, int(channel)
