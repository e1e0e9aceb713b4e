"""Everything about one photo in one call."""

from __future__ import annotations

from dataclasses import dataclass

from effnet_viz.draw.evidence_pictures import EvidenceStyle, evidence_picture
from effnet_viz.draw.gate_pictures import gate_wall_picture
from effnet_viz.draw.maps import jpeg, png
from effnet_viz.explain import ClassEvidence, GateWall, Model, capture, grad_cam_of, predictions_of
from effnet_viz.explain.gate_baseline import gate_baseline
from effnet_viz.explain.gate_wall import gate_wall_of
from effnet_viz.explain.gates import Gates
from effnet_viz.explain.predict import Predictions
from effnet_viz.images import Photo
from effnet_viz.notebooks.displays import html_of
from effnet_viz.notebooks.parts import block, image, note

LONGEST = 420  # pixels, longer side of photo and overlay
MOVED = 4  # gates


@dataclass(frozen=True, kw_only=True, eq=False)
class Shown:
    """What `show` found; a notebook shows it, and every part can be taken from it.

    Attributes:
        model: the network.
        photo: the photo.
        predictions: the five most probable classes.
        evidence: Grad-CAM of the class that was asked about.
        gates: every gate, block by block; empty without squeeze-and-excitation.
        wall: the gates that the photo moves most; None without any.
    """

    model: Model
    photo: Photo
    predictions: Predictions
    evidence: ClassEvidence
    gates: Gates
    wall: GateWall | None

    def _repr_png_(self) -> bytes:
        """The photo with its evidence."""
        style = EvidenceStyle()
        return png(evidence_picture(self.photo.image, self.evidence.values, self.evidence.view, style, longest=LONGEST))

    def _repr_html_(self) -> str:
        small = self.photo.image.copy()
        small.thumbnail((LONGEST, LONGEST))
        label = self.model.class_names[self.evidence.target]
        drawn = evidence_picture(
            self.photo.image, self.evidence.values, self.evidence.view, EvidenceStyle(), longest=max(small.size)
        )
        parts = [
            image(jpeg(small), f"The photo {self.photo.name}", small.width * 2 // 3),
            image(jpeg(drawn), f"What speaks for {label}", small.width * 2 // 3),
            html_of(self.predictions),
            html_of(self.gates),
        ]
        if self.wall is not None:
            wall = gate_wall_picture(self.wall, self.photo)
            parts.append(image(jpeg(wall), "The gates that this photo moves most", 560))
        provenance = self.model.provenance
        return block(
            f"{self.model.spec.title} looks at {self.photo.name}",
            *parts,
            note(f"Right: Grad-CAM for {label} at {self.evidence.layer}. {provenance.label}. {provenance.detail}"),
        )


def show(model: Model, photo: Photo, *, target: int | None = None, layer: str | None = None) -> Shown:
    """What a network says about a photo and why: answers, class evidence, gates. A notebook shows it at once.

    Args:
        model: the network with its preprocessing.
        photo: any photo.
        target: index of the class; None takes the most probable.
        layer: stage, block or step that evidence is taken at; None takes the final convolution.

    Raises:
        ValueError: no such class or layer.
    """
    run = capture(model, photo)
    evidence = grad_cam_of(model, run, target, layer)
    wall = gate_wall_of(model, run, gate_baseline(model), MOVED) if run.gates else None
    return Shown(
        model=model,
        photo=photo,
        predictions=predictions_of(model, run),
        evidence=evidence,
        gates=Gates(run.gates),
        wall=wall,
    )
