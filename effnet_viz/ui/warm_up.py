"""What the server does while it starts, so that the first visitor waits for nothing that could have been ready."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from effnet_viz.sharing.process import set_up_process
from effnet_viz.ui.session.housekeeping import start_housekeeping

SCRATCH = 2**28  # bytes of the engine that stay between two runs, as B5's: B7's 0.3 GB are a class's, not one visitor's


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Set the process up, load torch, run the default network and draw the first screen; then the server answers.

    A visitor beside the loading would wait longer than for all of it, as both want the same cores.
    """
    set_up_process()
    from effnet_viz.ui.session.photo_picker import bundled_sheet

    bundled_sheet()  # the first visitor would wait for it, and for the libraries that it brings
    await asyncio.to_thread(_warm_up)
    yield


def draw_first_screen() -> None:
    """The network, the photo, the run and the pictures that the first screen shows."""
    from effnet_viz.images import samples
    from effnet_viz.ui.overview.first_screen import draw_journey_and_network
    from effnet_viz.ui.overview.photo_and_answer import draw_photo_and_evidence
    from effnet_viz.ui.session import chosen, models_and_runs

    model = chosen.first_model()
    photo = chosen.sample_photo(samples()[0].name)
    run = models_and_runs.run_of(model, photo)
    draw_photo_and_evidence(model, photo, run)
    draw_journey_and_network(model, photo, run)


def _warm_up() -> None:
    from streamlit.dataframe_util import convert_anything_to_pandas_df

    from effnet_viz.engine.runner import Runner

    Runner.kept_scratch = SCRATCH
    convert_anything_to_pandas_df([{"Streamlit's first table": "imports pandas, which takes half a second"}])
    try:
        draw_first_screen()
    except (ValueError, RuntimeError, OSError) as error:  # such as a missing file: the pages that need it say so
        logging.getLogger(__name__).warning("The default network could not be made ready: %s", error)
    # torch's hundred thousands of objects stay; later collections need not look at them again. Once, and before the
    # first visitor: what lives at this moment is never collected, and uploads of people who have left must be.
    gc.collect()
    gc.freeze()
    start_housekeeping(draw_first_screen)
