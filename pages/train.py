"""Train one: a small network learns while the class watches its gates come alive."""

import streamlit as st

from effnet_viz.ui.train import curves, result, training
from effnet_viz.ui.widgets.page_parts import note, page_header

page_header(
    "Train one",
    "A small EfficientNet learns to answer a question about drawn shapes, on this machine, in "
    "minutes. It runs beside the app at low priority, one training at a time.",
)
current = training.current_training()
choices, results = st.columns([2, 3], gap="large")
with choices:
    asked = training.choices()
    if asked is not None:
        network, settings = asked
        training.start_and_stop(network, settings)
        result.use_it(current)
        note(training.size_words(network))
        training.examples(settings.task, settings.seed)
with results:
    if current is not None:
        curves.curves_of(current)
        result.result_of(current)
    elif asked is not None:
        curves.packaged_curves(network.name, settings.task)
