"""Train one: a small network learns while the class watches its gates come alive."""

from effnet_viz.ui.train import training
from effnet_viz.ui.widgets.page_parts import page_header

page_header(
    "Train one",
    "A small EfficientNet learns to answer a question about drawn shapes, on this machine, in "
    "minutes. It runs beside the app at low priority, one training at a time.",
)
current = training.current_training()
asked = training.choices()
if asked is not None:
    network, settings = asked
    training.examples(settings.task, settings.seed)
    training.start_button(network, settings)
if current is not None:
    training.progress_of(current)
    training.result_of(current)
