"""Class evidence: where on the photo a class was found, how other methods see it, and whether to believe it."""

from functools import partial

import streamlit as st

from effnet_viz.ui.evidence import by_hand, choice, one_map, side_by_side, trust
from effnet_viz.ui.session import chosen
from effnet_viz.ui.widgets.browser import on_stage
from effnet_viz.ui.widgets.page_parts import error_sentence, page_header, untrained_notice
from effnet_viz.ui.widgets.report_offer import report_offer
from effnet_viz.ui.widgets.url_pickers import show_tab

if on_stage():  # the classes stand beside the title, so that the whole picture is on the screen
    head = st.container(key="page_head")
    head.title("Class evidence", anchor=False)
else:
    page_header(
        "Class evidence", "Where on the photo the network found its class, and whether that picture can be believed."
    )
    head = st.container()
try:
    model, photo, run = chosen.chosen_run()
    untrained_notice(
        model.provenance,
        "The map is as random as the answer: it shows how the method calculates, and nothing that was learned.",
    )
    asked = choice.choose_request(model, photo, run, head)
    tabs = {
        "evidence": ("Evidence", one_map.evidence),
        "side_by_side": ("Side by side", side_by_side.side_by_side),
        "trust": ("Can it be trusted?", trust.trust),
        "by_hand": ("By hand", by_hand.by_hand),
    }
    show_tab({id: (title, partial(draw, asked)) for id, (title, draw) in tabs.items()}, key="part")
    report_offer(model, photo, target=asked.target, layer=asked.layer, methods=(choice.chosen_method(asked),))
except (ValueError, RuntimeError) as error:
    error_sentence(error)
