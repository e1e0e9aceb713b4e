"""The SE page, for networks trained here: do the gates know the class, and does the answer need what they know?"""

from __future__ import annotations

import streamlit as st

from effnet_viz.draw.class_charts import accuracy_lost, class_shares_along_depth
from effnet_viz.draw.numbers import whole_percent
from effnet_viz.engine.progress import Progress
from effnet_viz.explain import Model
from effnet_viz.explain.pass_time import tried
from effnet_viz.training.evaluation import between_class_share, evaluate, knock_out
from effnet_viz.training.tasks import HELD_OUT_PICTURES, task_named
from effnet_viz.ui.session import models_and_runs
from effnet_viz.ui.widgets.charts import show_chart
from effnet_viz.ui.widgets.page_parts import note
from effnet_viz.ui.widgets.pass_times import known_for_a_while
from effnet_viz.ui.widgets.slow_work import on_request

KNOWN = 0.1  # share of the gates' variance between classes, up to which they hardly know the class
CLEAR = 0.02  # accuracy; a loss under it may be chance
TRIED = 128  # held-out pictures that tell how long one takes: they are drawn so many at a time
LONGEST_UNASKED = 30.0  # seconds that the held-out pictures may take without a click, with a bar and a way out


@st.fragment
def what_gates_know(model: Model, task: str) -> None:
    """Between-class share along the depth at once, the worth of each block's gates on request.

    Args:
        model: the network.
        task: name of the task that the network was trained on.
    """
    classes = len(task_named(task).class_names)
    st.markdown(f"**The task: {task_named(task).question}** {_twins(task)}")
    shares = on_request(
        ("class shares", model.key, task),
        lambda: HELD_OUT_PICTURES * _seconds_a_picture(model, task),
        lambda progress: _shares(model, task, progress),
        label="Look at held-out pictures",
        name="class_shares",
        patience=LONGEST_UNASKED,
    )
    if shares is None:
        return
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Which gates know the class**")
        first, last = next(iter(shares)), list(shares)[-1]
        show_chart(
            st,
            spec=class_shares_along_depth(shares),
            width="stretch",
            key="class_shares",
            alt=f"Share of gate variance between classes, from {whole_percent(shares[first])} in block {first} to "
            f"{whole_percent(shares[last])} in block {last}",
        )
        note(
            f"Share of the gates' variance that lies between the {classes} classes, over {HELD_OUT_PICTURES:,} "
            "held-out pictures: at 0% a gate's mean is the same for every class, at 100% it depends on the class alone."
        )
    with right:
        st.markdown("**What the answer loses without them**")
        lost = on_request(
            (model.key, "knock_out_accuracy"),
            lambda: HELD_OUT_PICTURES * (len(shares) + 1) * _seconds_a_picture(model, task),
            lambda progress: knock_out(model.network, task, HELD_OUT_PICTURES, lock=model.lock, progress=progress),
            label="Hold each block's gates in turn",
            name="knock_out_accuracy",
        )
        if lost is None:
            note(
                f"Each block's gates are held at their mean over {HELD_OUT_PICTURES:,} held-out pictures, one block "
                "at a time: they still weigh the channels, but no longer depend on the picture."
            )
            return
        worst = max(lost, key=lost.get)
        show_chart(
            st,
            spec=accuracy_lost(lost),
            width="stretch",
            key="accuracy_lost",
            alt=f"Accuracy lost for each block held at its mean gates; most in block {worst}, "
            f"{100 * lost[worst]:.1f} points",
        )
        note(
            f"Accuracy on {HELD_OUT_PICTURES:,} held-out pictures with one block's gates held at their mean, against "
            "the untouched network's."
        )
    st.markdown(verdict(shares, lost))


def _twins(task: str) -> str:
    """The packaged networks with and without SE on a task."""
    reached = {
        words: models_and_runs.shipped_facts(variant, task)
        for words, variant in (("with SE", "shapes"), ("without", "shapes_no_se"))
    }
    if None in reached.values():
        return ""
    return (
        "Of the packaged networks "
        + ", ".join(f"the one {words} gets {facts['held_out_accuracy']:.1%} right" for words, facts in reached.items())
        + "."
    )


def verdict(shares: dict[str, float], lost: dict[str, float]) -> str:
    """What both charts say together, in one or two sentences.

    Args:
        shares: block id to the share of its gates' variance that lies between classes, from 0 to 1.
        lost: block id to the accuracy that is lost with its gates held, as a share of all pictures.
    """
    knowing, worst = max(shares, key=shares.get), max(lost, key=lost.get)
    if lost[worst] >= CLEAR:
        return (
            f"**This task needs what the gates know**: with the gates of block {worst} held at their mean, "
            f"{100 * lost[worst]:.1f} of 100 pictures more get a wrong answer. Here SE is worth its parameters."
        )
    if shares[knowing] < KNOWN:
        return (
            f"**The gates hardly know the class**: even in block {knowing} only {whole_percent(shares[knowing])} of "
            "what they do depends on it. Holding any one block's gates costs at most "
            f"{max(0.0, 100 * lost[worst]):.1f} of 100 pictures."
        )
    return (
        f"**The gates know the class, but the answer hardly needs it**: in block {knowing} "
        f"{whole_percent(shares[knowing])} of what they do depends on the class, yet holding any one block's gates "
        f"costs at most {max(0.0, 100 * lost[worst]):.1f} of 100 pictures. "
        "A gate can depend on the class and still not be needed."
    )


def _shares(model: Model, task: str, progress: Progress) -> dict[str, float]:
    said = evaluate(model.network, task, HELD_OUT_PICTURES, lock=model.lock, progress=progress)
    return {block: between_class_share(gates, said.labels) for block, gates in said.gates.items()}


def _seconds_a_picture(model: Model, task: str) -> float:
    """Of a held-out picture: it is drawn, run, and its gates are kept."""
    return known_for_a_while(
        ("held-out picture", model.key, task),
        lambda: tried(lambda: evaluate(model.network, task, TRIED, lock=model.lock), model.lock) / TRIED,
    )
