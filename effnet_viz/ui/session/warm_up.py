"""What the server does while it starts, so that the first visitor waits for nothing that could have been ready."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from effnet_viz.ui.session.housekeeping import set_up_process, start_housekeeping


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Set the process up, draw the thumbnails, load torch and run the default network; then the server answers.

    A visitor beside the loading would wait longer than for all of it, as both want the same cores.
    """
    set_up_process()
    from effnet_viz.ui.session.photo_picker import bundled_sheet

    bundled_sheet()  # the first visitor would wait for it, and for the libraries that it brings
    await asyncio.to_thread(_warm_up)
    yield


def load_default_network() -> None:
    """The network, the photo and the run that the first screen shows."""
    from effnet_viz.images import samples
    from effnet_viz.ui.session import chosen, models_and_runs

    weights = chosen.sets_of(chosen.DEFAULT_VARIANT)[chosen.default_weights(chosen.DEFAULT_VARIANT)]
    model = models_and_runs.model_of(weights.spec, weights.name, "auto")
    run = models_and_runs.run_of(model, chosen.sample_photo(samples()[0].name))
    models_and_runs.evidence_of(model, run)


def _warm_up() -> None:
    try:
        load_default_network()
    except (ValueError, RuntimeError, OSError) as error:  # such as a missing file: the pages that need it say so
        logging.getLogger(__name__).warning("The default network could not be made ready: %s", error)
    # torch's hundred thousands of objects stay; later collections need not look at them again. Once, and before the
    # first visitor: what lives at this moment is never collected, and uploads of people who have left must be.
    gc.collect()
    gc.freeze()
    start_housekeeping(load_default_network)
