"""Run the network on a photo and look inside."""

from effnet_viz.explain.capture import Capture, capture, steps_of
from effnet_viz.explain.class_evidence import ClassEvidence, grad_cam, grad_cam_of
from effnet_viz.explain.feature_maps import FeatureMaps, feature_maps, maps_of
from effnet_viz.explain.gates import SqueezeExcitationTrace, se_gates, se_trace
from effnet_viz.explain.hooks import watch
from effnet_viz.explain.model import Model, Provenance
from effnet_viz.explain.predict import Prediction, predict, predictions_of

__all__ = [
    "Capture",
    "ClassEvidence",
    "FeatureMaps",
    "Model",
    "Prediction",
    "Provenance",
    "SqueezeExcitationTrace",
    "capture",
    "feature_maps",
    "grad_cam",
    "grad_cam_of",
    "maps_of",
    "predict",
    "predictions_of",
    "se_gates",
    "se_trace",
    "steps_of",
    "watch",
]
