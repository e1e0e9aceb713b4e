"""What is computed once for everybody: models, runs, encoded pictures. Keys are digests of content, never arrays."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import streamlit as st

from effnet_viz.architecture import ModelSpec
from effnet_viz.images import Photo
from effnet_viz.ui.session.byte_cache import BoundedCache
from effnet_viz.weights.catalogue import path_on_this_machine, weight_set

if TYPE_CHECKING:  # these rooms import torch, which the structure pages do without
    from effnet_viz.explain import Capture, ClassEvidence, Model, SqueezeExcitationTrace

RUN_BYTES = 600 * 2**20
TRACE_BYTES = 200 * 2**20
MODELS = 4  # B7 folded takes 266 MB


@st.cache_resource(max_entries=MODELS, show_spinner="Loading the network")
def model_of(spec: ModelSpec, weights: str, device: str) -> Model:
    """The model for a choice in the sidebar."""
    from effnet_viz.loading import load

    model = load(spec, weights=weights, device=device)
    # torch's hundred thousands of objects stay; later collections need not look at them again.
    gc.collect()
    gc.freeze()
    return model


@st.cache_resource(max_entries=MODELS, show_spinner="Reading the checkpoint")
def checkpoint_model(
    digest: str,
    origin: str | None,
    resolution: int | None,
    names_digest: str,
    device: str,
    _content: bytes,
    _names: bytes | None,
) -> Model:
    """The model in an uploaded checkpoint; the digests stand for the contents."""
    from effnet_viz.loading import load_checkpoint

    return load_checkpoint(_content, class_names=_names, origin=origin, device=device, resolution=resolution)


@st.cache_resource(max_entries=16, ttl=3600, show_spinner=False)
def trained_model(digest: str, _content: bytes) -> Model:
    """The model in a file that this project's training wrote; the digest stands for the content."""
    from effnet_viz.loading import load_trained

    return load_trained(_content)


@st.cache_data(max_entries=8, show_spinner=False)
def shipped_facts(variant: str, task: str) -> dict[str, Any] | None:
    """What is written in the file of a network trained here: accuracy, pictures seen; None without a file."""
    from effnet_viz.training.checkpoint import read_trained_checkpoint

    path = path_on_this_machine(weight_set(variant, task))
    return None if path is None else read_trained_checkpoint(path).facts


@st.cache_resource
def _runs() -> BoundedCache[Capture]:
    return BoundedCache(RUN_BYTES, lambda run: run.nbytes)


def run_of(model: Model, photo: Photo) -> Capture:
    """The one run of a model on a photo that all pages draw from."""
    from effnet_viz.explain import capture

    return _runs().get((model.key, photo.digest), lambda: capture(model, photo))


def evidence_of(model: Model, photo: Photo, target: int | None = None, layer: str | None = None) -> ClassEvidence:
    """Grad-CAM from the shared run."""
    return _evidence(model.key, photo.digest, target, layer, model, photo)


@st.cache_resource(max_entries=512, show_spinner=False)
def _evidence(
    model_key: str, photo_digest: str, target: int | None, layer: str | None, _model: Model, _photo: Photo
) -> ClassEvidence:
    from effnet_viz.explain import grad_cam_of

    return grad_cam_of(_model, run_of(_model, _photo), target, layer)


def trace_of(model: Model, photo: Photo, run: Capture, block: str) -> SqueezeExcitationTrace:
    """Every number of one SE module, computed once."""
    from effnet_viz.explain import se_trace

    return _traces().get((model.key, photo.digest, block), lambda: se_trace(model, run, block))


@st.cache_resource
def _traces() -> BoundedCache[SqueezeExcitationTrace]:
    return BoundedCache(TRACE_BYTES, lambda trace: trace.before.nbytes + trace.after.nbytes)
