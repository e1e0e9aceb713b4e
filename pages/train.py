"""Train one: a small network learns while the class watches its gates come alive."""

from effnet_viz.ui.train import training
from effnet_viz.ui.widgets.page_parts import page_header

page_header(
    "Train one",
    "A small EfficientNet learns to answer a question about drawn shapes, on this machine, in "
    "minutes. It runs beside the app at low priority, one training at a time.",
)
job = training.current_job()
asked = training.choices()
if asked is not None:
    network, recipe = asked
    training.examples(recipe.task, recipe.seed)
    training.start_button(network, recipe)
if job is not None:
    training.progress_of(job)
    training.result_of(job)
