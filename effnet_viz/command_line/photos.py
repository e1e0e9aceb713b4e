"""`explain`: photos to predictions, evidence and gates, as files."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from effnet_viz.command_line.choices import Classes, Weights, WithNetwork, chosen_class, chosen_model
from effnet_viz.command_line.telling import AsJson, write_json
from effnet_viz.draw.numbers import percent

if TYPE_CHECKING:
    from effnet_viz.explain import Model

Target = Annotated[str | None, typer.Option(help="Index or name of a class; the most probable by default.")]
LayerOption = Annotated[str | None, typer.Option(help="Stage, block or step, such as 9 or 4.2.depthwise.")]


def explain(
    photos: Annotated[list[Path], typer.Argument(help="One photo or several.", metavar="PHOTO...")],
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    model_name: WithNetwork = "lite0",
    weights: Weights = "auto",
    classes: Classes = None,
    target: Target = None,
    layer: LayerOption = None,
    as_json: AsJson = False,
) -> None:
    """What a network takes photos for, and why: overlay and map (PNG, NPY), gates (CSV), answers (JSON).

    A photo that cannot be read is told on standard error, the others go on, and the exit status is 1.

    Example: `effnet-viz explain cat.jpg --model b0 --target tabby --out explained`
    """
    from tqdm import tqdm

    model = chosen_model(model_name, weights, classes)
    index = chosen_class(model, target)
    if model.provenance.limits:
        print(model.provenance.limits, file=sys.stderr)
    out.mkdir(parents=True, exist_ok=True)
    answers, failures = [], 0
    for path in tqdm(photos, unit="photo", disable=not sys.stderr.isatty()):
        try:
            answers.append(_explain_one(model, path, index, layer, out / _stem(path, photos)))
        except ValueError as error:
            failures += 1
            print(f"{path}: {error}", file=sys.stderr)
    if as_json:
        write_json(answers)
    else:
        for answer in answers:
            best = answer["predictions"][0]
            typer.echo(
                f"{answer['photo']}: {best['label']} ({percent(best['probability'])}); {answer['files']['overlay']}"
            )
    if failures:
        raise typer.Exit(1)


def _stem(path: Path, photos: list[Path]) -> str:
    """The name of a photo's files; two photos of one name keep their endings and places apart."""
    same = [other for other in photos if other.stem == path.stem]
    return path.stem if len(same) == 1 else f"{path.stem}-{photos.index(path) + 1}"


def _explain_one(model: Model, path: Path, target: int | None, layer: str | None, beside: Path) -> dict[str, Any]:
    import numpy

    from effnet_viz.draw.evidence_pictures import EvidenceStyle, evidence_picture
    from effnet_viz.explain import capture, grad_cam_of, predictions_of
    from effnet_viz.images import open_photo

    photo = open_photo(path)
    run = capture(model, photo)
    evidence = grad_cam_of(model, run, target, layer)
    files = {kind: f"{beside}-{kind}.{end}" for kind, end in (("overlay", "png"), ("map", "npy"), ("gates", "csv"))}
    evidence_picture(photo.image, evidence.values, evidence.view, EvidenceStyle()).save(files["overlay"])
    numpy.save(files["map"], evidence.values)
    with Path(files["gates"]).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["block", "channel", "gate"])
        writer.writerows(
            (block, channel, f"{gate:.6f}") for block, gates in run.gates.items() for channel, gate in enumerate(gates)
        )
    answer = {
        "photo": str(path),
        "model": model.spec.title,
        "weights": model.provenance.label,
        "predictions": [
            {
                "index": prediction.index,
                "label": prediction.label,
                "probability": prediction.probability,
                "logit": prediction.logit,
            }
            for prediction in predictions_of(model, run)
        ],
        "target": {"index": evidence.target, "label": model.class_names[evidence.target]},
        "layer": evidence.layer,
        "method": evidence.method,
        "files": files,
    }
    Path(f"{beside}.json").write_text(json.dumps(answer, indent=2), encoding="utf-8")
    return answer
