"""What the server does while it starts, so that the first visitor waits for nothing that could have been ready."""

from __future__ import annotations

import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from effnet_viz.ui.session.housekeeping import set_up_process, start_housekeeping


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Set the process up, draw the thumbnails, and load torch and the default network beside the starting server."""
    set_up_process()
    from effnet_viz.ui.session.photo_picker import bundled_sheet

    bundled_sheet()  # the first visitor would wait for it, and for the libraries that it brings
    # A thread that nobody waits for: the server answers meanwhile, and whoever comes early waits only for what is left.
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
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
    load_default_network()
    # torch's hundred thousands of objects stay; later collections need not look at them again. Once, and before the
    # first visitor: what lives at this moment is never collected, and uploads of people who have left must be.
    gc.collect()
    gc.freeze()
    start_housekeeping(load_default_network)
