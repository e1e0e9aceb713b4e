"""Train one: a small network learns while the class watches its gates come alive."""

from effnet_viz.ui import training_views
from effnet_viz.ui.furniture import page_header
from effnet_viz.ui.shell import within_app

within_app()
page_header(
    "Train one",
    "A small EfficientNet learns to answer a question about drawn shapes, on this machine, in "
    "minutes. It runs beside the app at low priority, one training at a time.",
)
job = training_views.current_job()
asked = training_views.choices()
if asked is not None:
    network, recipe = asked
    training_views.examples(recipe.task, recipe.seed)
    training_views.start_button(network, recipe)
if job is not None:
    training_views.progress_of(job)
    training_views.result_of(job)
