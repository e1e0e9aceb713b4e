"""Lesson 3: squeeze and excitation, step by step with the numbers of one block."""

from __future__ import annotations

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.delta_generator import DeltaGenerator

from effnet_viz.architecture import BlockPlan, Plan, plan
from effnet_viz.draw.block_words import squeeze_path
from effnet_viz.draw.gate_charts import STEPS, mechanism_strip
from effnet_viz.draw.lesson_charts import gatings, middle_cost
from effnet_viz.draw.maps import jpeg, png
from effnet_viz.draw.network_words import no_se_reason
from effnet_viz.draw.numbers import counted, percent, whole_percent
from effnet_viz.explain import Capture, Model, SqueezeExcitationSteps
from effnet_viz.explain.predict import Prediction, ranked
from effnet_viz.images import Photo
from effnet_viz.lessons import squeeze
from effnet_viz.lessons.quiz import dice_for
from effnet_viz.network import SqueezeExcitation
from effnet_viz.ui.lessons.frame import Ending, Lesson, Link, Subject, real_code
from effnet_viz.ui.lessons.squeeze_steps import NAMES, arithmetic
from effnet_viz.ui.session import chosen, drawn_pictures, example_network, models_and_runs
from effnet_viz.ui.session.byte_cache import kept
from effnet_viz.ui.session.gates_seen import se_steps_of
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.pictures import show_picture
from effnet_viz.ui.widgets.plain_text import as_markdown
from effnet_viz.ui.widgets.travel import show_travel
from effnet_viz.ui.widgets.url_pickers import choose, choose_number, take_choice

STEP_NAMES = {
    "1": "1 Squeeze",
    "2": "2 Reduce",
    "3": "3 Activate",
    "4": "4 Expand",
    "5": "5 Sigmoid",
    "6": "6 Reweight",
}

LEAD = """
A photo of the sea needs other channels than a photo of a cat. **Squeeze and excitation** lets the whole photo
decide how much each channel counts. It *squeezes* each map to one number, its mean: the **descriptor**. Two small
layers with a narrow middle turn it into one **gate** between 0 and 1 for every channel, and each map is multiplied
by its gate:

$$\\mathbf{s} = \\mathrm{sigmoid}\\big(W_2\\,\\delta(W_1 \\mathbf{z})\\big), \\qquad \\tilde x_c = s_c \\cdot x_c$$

Here $z$ are all means, $W_1$ and $W_2$ the layers' weights and $\\delta$ is the network's activation. The sigmoid
makes a number between 0 and 1 of any number. $s_c$ is the gate and $x_c$ the map of channel $c$. Go from step to step.
"""


def subject(model: Model, photo: Photo, run: Capture) -> Subject:
    """The visitor's network if it has squeeze and excitation, else the small one of this project.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
    """
    if not run.gates:
        # One line beside the title, so that the film is on the screen; the reason stands under the film.
        st.markdown(
            f":small[{model.spec.title} has none; the film shows this project's small network for drawn shapes.]"
        )
        other = st.session_state.setdefault("lesson_pictures", 0)
        model = example_network.example_run()[0]
        photo = drawn_pictures.picture((int(photo.digest[:8], 16) + other) % drawn_pictures.SEED)
        run = models_and_runs.run_of(model, photo)
    return model, photo, run


def _next_picture() -> None:
    st.session_state["lesson_pictures"] += 1


def show(interaction: DeltaGenerator, code: DeltaGenerator, model: Model, photo: Photo, run: Capture) -> Ending:
    """The mechanism, its two whys, and the code.

    Args:
        interaction: place for what one touches and sees.
        code: place for the code.
        model: the network.
        photo: the photo.
        run: the network's run on it.
    """
    drawn = plan(model.spec, run.input.shape[-1])
    with interaction:
        block, se, channel = _chosen(model, photo, run, drawn)
        _mechanism(model, photo, se, channel)
        _narrow(block, se)
        _sigmoid(model, run, se)
    with code:
        real_code(SqueezeExcitation, model.network.layer(f"{block.id}.se"), f"block {block.id} of {model.spec.title}")
    # Where another network stands in for the chosen one, the links lead to it.
    variant = {} if chosen.chosen_spec().has_se else {"variant": example_network.EXAMPLE}
    return Ending(
        questions=squeeze.questions(se, block, dice_for(model.key, photo.digest, block.id, "squeeze")),
        links=(
            Link(
                page="architecture",
                label=f"Architecture: block {block.id} with all its layers",
                query={**variant, "block": block.id},
            ),
            Link(
                page="se_attention",
                label="SE attention: all blocks in one chart, and surgery on the gates",
                query={**variant, "block": block.id},
            ),
        ),
    )


def opening(model: Model, photo: Photo, run: Capture) -> None:
    """The photo on its way through the block whose gates are followed.

    Args:
        model: the network.
        photo: the photo.
        run: the network's run on it.
    """
    titles, default = _blocks(run)
    show_travel(model, photo, run, take_choice(titles, key="block", default=default))
    own = chosen.chosen_spec()
    if not own.has_se:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Another drawn picture", icon=":material/casino:", on_click=_next_picture)
            note(
                f"{own.title} has no squeeze and excitation{no_se_reason(own)}. This lesson takes a small network that "
                "this project trained to tell drawn shapes apart."
            )


LESSON = Lesson(
    title="Squeeze and excitation", short="Squeeze and excite", lead=LEAD, show=show, subject=subject, opening=opening
)


def _chosen(model: Model, photo: Photo, run: Capture, drawn: Plan) -> tuple[BlockPlan, SqueezeExcitationSteps, int]:
    """The block and channel to follow, beside the photo."""
    with st.container(key="pinned"):
        left, middle, right = st.columns([1, 3, 3], vertical_alignment="bottom")
    show_picture(_photo(photo.digest, photo), alt=f"The photo: {photo.name}", place=left)
    with middle:
        block = drawn.block(_chosen_block(run))
    se = se_steps_of(model, run, block.id)
    with right:
        channel = choose_number(
            st.slider,
            f"Channel, of {se.gates.size:,}",
            0,
            se.gates.size - 1,
            key="se_channel",
            default=int(se.gates.argmax()),
        )
    return block, se, channel


def _mechanism(model: Model, photo: Photo, se: SqueezeExcitationSteps, channel: int) -> None:
    """The steps up to the chosen one as strips, and the arithmetic of the chosen one."""
    reached = int(choose(st.segmented_control, "Step", STEP_NAMES, key="se_step", default="1", required=True)) - 1
    for field, title, _ in STEPS[: reached + 1]:
        values = getattr(se, field)
        words, strip = st.columns([2, 5], vertical_alignment="center")
        words.markdown(
            f"**{title.replace('Activation', NAMES[model.spec.activation])}**  \n{counted(values.size, 'number')}"
        )
        show_chart(
            strip,
            spec=mechanism_strip(se, field, channel),
            key=f"lesson_strip_{field}",
            alt=f"{title}: {counted(values.size, 'number')} from {values.min():.2f} to {values.max():.2f}",
        )
    with st.container(border=True):
        arithmetic(model, photo, se, reached, channel)
    note(
        "Strips with one number for each channel are in the order of the gates, most open first; the framed one is the "
        "chosen channel. Blue is below zero, red above; dark gates are closed."
    )


def _blocks(run: Capture) -> tuple[dict[str, str], str]:
    """Title of every block with gates, and the id of the one whose gates differ most."""
    titles = {id: f"Block {id}, {gates.size:,} channels" for id, gates in run.gates.items()}
    return titles, max(run.gates, key=lambda block: float(run.gates[block].std()))


def _chosen_block(run: Capture) -> str:
    titles, widest = _blocks(run)
    return choose(st.selectbox, "Block", titles, key="block", default=widest)


@kept
def _photo(photo_digest: str, _photo: Photo) -> bytes:
    image = _photo.image.copy()
    if image.width < 200:
        return png(image.resize((image.width * 3, image.height * 3), Image.Resampling.NEAREST))
    image.thumbnail((320, 320))
    return jpeg(image)


def _narrow(block: BlockPlan, se: SqueezeExcitationSteps) -> None:
    st.header("Why is the middle so narrow?", anchor=False)
    wide, middle, at_input = se.gates.size, se.reduced.size, block.in_shape[0]
    costs = {width: squeeze.squeeze_params(wide, width) for width in range(1, wide + 1)}
    words, chart = st.columns([1, 1])
    origin = f"The middle is counted from the {at_input:,} channels that come into the block"
    if wide != at_input:
        origin += f", not from the {wide:,} that SE weighs"
    words.markdown(
        f"Block {block.id}: **{squeeze_path(block)}**. {origin}: {middle}/{at_input:,} = {middle / at_input:.3g}.\n\n"
        f"Each unit of the middle costs a column and a row of weights. At {counted(middle, 'unit')} SE has "
        f"{costs[middle]:,} parameters, {whole_percent(costs[middle] / block.params)} of the block; with a middle as "
        f"wide as its ends it would have {costs[wide]:,}. The SENet paper (section 3.2) gives two reasons: fewer "
        "parameters, and better answers on new photos."
    )
    show_chart(
        chart, spec=middle_cost(costs, middle), alt=f"Parameters of SE by the width of its middle, {middle} marked"
    )


def _sigmoid(model: Model, run: Capture, se: SqueezeExcitationSteps) -> None:
    st.header("Why a sigmoid?", anchor=False)
    gating = choose(
        st.segmented_control,
        f"Gates of block {se.block} by",
        {name: name for name in squeeze.GATINGS},
        key="gating",
        default="softmax",
        required=True,
    )
    soft = squeeze.gates_by(se, "softmax")
    words, chart = st.columns([1, 1])
    before, after = _answer(model, run, se, "sigmoid"), _answer(model, run, se, gating)
    words.markdown(
        f"As it is, the answer is **{as_markdown(before.label)}** ({percent(before.probability)}). With {gating} in "
        f"block {se.block}: **{as_markdown(after.label)}** ({percent(after.probability)}).\n\n"
        f"A sigmoid decides each gate by itself: many may be open at once. Softmax makes them share a sum of 1, so "
        f"that {soft.size:,} channels get {soft.mean():.4f} each on average, and one can only gain what others lose. "
        f"Without gates, all pass unchanged.\n\n{_what_it_does_not_show(model)}"
    )
    show_chart(
        chart,
        spec=gatings({"sigmoid": se.gates, "softmax": soft}),
        alt=f"Gates by sigmoid, mean {se.gates.mean():.2f}, and by softmax, mean {soft.mean():.4f}",
    )


def _answer(model: Model, run: Capture, se: SqueezeExcitationSteps, gating: str) -> Prediction:
    logits = _logits(model.key, run.photo_digest, se.block, gating, model, run, se)
    return ranked(model, logits, 1)[0]


@kept
def _logits(
    model_key: str,
    photo_digest: str,
    block: str,
    gating: str,
    _model: Model,
    _run: Capture,
    _se: SqueezeExcitationSteps,
) -> np.ndarray:
    if gating == "sigmoid":
        return _run.logits
    return squeeze.logits_with(_model, _run, block, squeeze.gates_by(_se, gating))


def _what_it_does_not_show(model: Model) -> str:
    """What a change of the gates says of the design, for networks that have learned something and for others."""
    if model.provenance.trained:
        return (
            "The network was trained with a sigmoid. Changing it now shows a disturbed network. It does not show how "
            "good a network would be that was trained with softmax."
        )
    return "The network is untrained, so neither answer means anything. What the gates do to each other is the same."
