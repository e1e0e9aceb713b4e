"""Lesson 7: from pixels to the class, and the class's logit taken apart channel by channel."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from effnet_viz.architecture import plan
from effnet_viz.draw.feature_pictures import Sheet
from effnet_viz.draw.lesson_charts import contribution_bars
from effnet_viz.draw.lesson_pictures import strongest_maps
from effnet_viz.draw.network_words import dropout_words
from effnet_viz.draw.numbers import figures, shape, si, whole_percent
from effnet_viz.explain import Capture, Model, predictions_of
from effnet_viz.explain.predict import Prediction
from effnet_viz.images import Photo
from effnet_viz.lessons import decision
from effnet_viz.lessons.decision import Decision
from effnet_viz.lessons.quiz import dice_for
from effnet_viz.network import EfficientNet
from effnet_viz.ui.lessons.frame import Ending, Lesson, Link, real_code
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.clickable_images import Tile, pick_tile
from effnet_viz.ui.widgets.page_parts import note, small_columns
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.table_data import table_of
from effnet_viz.ui.widgets.url_pickers import choose_number

BEST = 5
LEAST = 0.01  # smaller numbers would lose their figures behind the point
HALF = 0.5  # of all that speaks for a class

LEAD = """
All parts together: the feature extractor turns pixels into maps, one for each channel of the last convolution.
**Pooling** keeps each map's mean, $m_c$. The **classifier** is one weighted sum for each class, its logit, and
**softmax** makes probabilities of the logits:

$$z_k = b_k + \\sum_c w_{kc}\\, m_c, \\qquad p_k = \\frac{e^{z_k}}{\\sum_j e^{z_j}}$$

The logit is a plain sum, so what each channel adds is known exactly: its weight times its mean.
Choose a class, and see which channels speak for it.
"""


def show(interaction: DeltaGenerator, code: DeltaGenerator, model: Model, photo: Photo, run: Capture) -> Ending:
    """The path, the answer, the logit in parts, and the code.

    Args:
        interaction: place for what one touches and sees.
        code: place for the code.
        model: the network.
        photo: the photo.
        run: the network's run on it.
    """
    best = predictions_of(model, run, min(BEST, model.spec.num_classes))
    indices = [prediction.index for prediction in best]
    if st.session_state.get("lesson_class") not in indices:
        st.session_state["lesson_class"] = indices[0]
    with interaction:
        _path(model, run)
        _answers(best)
        with st.container():
            decided = _parts(model, photo, run, indices)
    with code:
        real_code(EfficientNet)
    dice = dice_for(model.key, photo.digest, str(decided.target), "decision")
    return Ending(
        questions=decision.questions(model, run, decided, dice),
        links=(
            Link(
                page="evidence",
                label="Class evidence: the same question for any layer, and whether to believe it",
                query={"target": str(decided.target)},
            ),
            Link(
                page="architecture",
                label="Eight bits: what is left of the answer when every number is rounded",
                query={"beneath": "eight_bits"},
            ),
        ),
    )


LESSON = Lesson(title="All together", lead=LEAD, show=show)


def _answers(best: list[Prediction]) -> None:
    st.dataframe(
        table_of(
            {"Class": prediction.label, "Logit": prediction.logit, "Probability": prediction.probability * 100}
            for prediction in best
        ),
        hide_index=True,
        width="stretch",
        column_config={
            "Logit": st.column_config.NumberColumn(format="%.3f"),
            "Probability": st.column_config.ProgressColumn(format="%.1f%%", min_value=0, max_value=100),
        },
    )


def _path(model: Model, run: Capture) -> None:
    """The five steps with this network's shapes."""
    drawn = plan(model.spec, run.input.shape[-1])
    head, last = drawn.block(str(model.spec.head_stage)), drawn.blocks[-1]
    steps = [
        ("Pixels", shape(drawn.blocks[0].in_shape), ""),
        ("Feature extraction", shape(head.in_shape), f"{len(model.spec.block_specs())} blocks"),
        ("Final convolution", shape(head.out_shape), f"{si(head.params)} parameters"),
        ("Pooling", shape(head.out_shape[:1]), "one mean for each map"),
        ("Classifier", shape(last.out_shape), f"{si(last.params)} parameters"),
    ]
    for column, (name, size, words) in zip(small_columns("path", len(steps)), steps, strict=True):
        column.markdown(f"**{name}**  \n{size}  \n:small[{words}]")
    note(dropout_words(model.spec))


def _parts(model: Model, photo: Photo, run: Capture, indices: list[int]) -> Decision:
    """What the strongest channels add to a class's logit; the class is one of those with these indices."""
    place = st.container()
    pinned = st.container(key="pinned")
    left, right = pinned.columns(2, gap="medium")
    target = left.selectbox("Class", indices, key="lesson_class", format_func=model.class_names.__getitem__)
    count = choose_number(right.slider, "Channels on each side", 2, 8, key="sides", default=4)
    decided, label = decision.decide(model, run, target), model.class_names[target]
    place.header(f"What speaks for “{as_markdown(label)}”", anchor=False)
    channels = [*decided.largest(count), *reversed(decided.smallest(count))]
    contributions = decided.contributions
    sheet = _sheet(model.key, photo.digest, tuple(channels), model, photo, run)
    with pinned:
        pick_tile(
            "lesson_parts",
            sheet.png,
            [
                Tile(
                    place=place,
                    label=f"channel {channel}",
                    note=f"{contributions[channel]:+.3g}",
                    title=f"mean {decided.pooled[channel]:.3g} times weight {decided.weights[channel]:+.3g}",
                )
                for place, channel in zip(sheet.places, channels, strict=True)
            ],
            f"Where the channels with the largest contributions to {label} are active",
            side=104,
            filled=True,
            smooth=True,
        )
    show_chart(
        st,
        spec=contribution_bars(decided, channels),
        alt=f"Largest contribution {contributions.max():.3f}, smallest {contributions.min():.3f}",
    )
    st.latex(
        rf"z = \underbrace{{{_seen(decided.bias)}}}_{{bias}} + \underbrace{{{_seen(contributions.sum())}}}_"
        rf"{{{decided.pooled.size:,}\ channels}} = {_seen(decided.logit)}".replace(",", r"{,}")
    )
    others = decided.total - decided.bias - float(contributions[channels].sum())
    st.markdown(
        f"These {len(channels)} and the bias are drawn; the other {contributions.size - len(channels):,} channels add "
        f"{'+' * (others > 0)}{_seen(others)} in total, and the sum of everything is {_seen(decided.total)}."
    )
    positive = contributions[contributions > 0].sum()
    top = contributions[decided.largest(count)].clip(min=0).sum()
    note(
        "The photo stays bright where a channel is active, from its lowest to its highest value; under it what the "
        "channel adds. "
        + (
            f"All positive contributions sum to {_seen(positive)}; the {count} largest are "
            f"{whole_percent(top / positive)} of that{most_of_it(contributions)}."
            if positive > 0
            else "No channel speaks for this class."
        )
        + " It does not show what a channel stands for."
    )
    return decided


def _seen(value: float) -> str:
    """Three digits behind the point; of what would be 0.000 there, as in untrained networks, three figures."""
    return f"{value:,.3f}" if abs(value) >= LEAST else figures(value)


def most_of_it(contributions: np.ndarray) -> str:
    """Whether one channel has most of what speaks for a class, as the end of a sentence.

    Args:
        contributions: what each channel adds to the class's logit, `(C,)`; one of them at least is above 0.
    """
    if contributions.max() <= HALF * contributions.clip(min=0).sum():
        return ": no single channel decides"
    return f", and channel {int(contributions.argmax())} alone has more than half"


@kept
def _sheet(
    model_key: str, photo_digest: str, channels: tuple[int, ...], _model: Model, _photo: Photo, _run: Capture
) -> Sheet:
    maps = _run.activations[str(_model.spec.head_stage)][list(channels)]
    return strongest_maps(maps, _model.preprocessing.input_image(_photo))
