"""Run the network on a photo and look inside."""

from effnet_viz.engine.hooks import watch
from effnet_viz.engine.progress import Progress
from effnet_viz.explain.capture import Capture, capture, steps_of
from effnet_viz.explain.class_evidence import ClassEvidence, grad_cam, grad_cam_of
from effnet_viz.explain.eight_bits import quantise
from effnet_viz.explain.feature_maps import FeatureMaps, feature_maps, maps_of
from effnet_viz.explain.gate_evidence import GateEvidence, evidence_of_gates, gate_evidence, gate_evidence_of
from effnet_viz.explain.gate_wall import GateWall, gate_wall
from effnet_viz.explain.gates import SqueezeExcitationSteps, se_gates, se_steps
from effnet_viz.explain.model import Model, Provenance
from effnet_viz.explain.onnx_export import export_onnx
from effnet_viz.explain.predict import Prediction, predict, predictions_of
from effnet_viz.explain.profile import profile

__all__ = [
    "Capture",
    "ClassEvidence",
    "FeatureMaps",
    "GateEvidence",
    "GateWall",
    "Model",
    "Prediction",
    "Progress",
    "Provenance",
    "SqueezeExcitationSteps",
    "capture",
    "evidence_of_gates",
    "export_onnx",
    "feature_maps",
    "gate_evidence",
    "gate_evidence_of",
    "gate_wall",
    "grad_cam",
    "grad_cam_of",
    "maps_of",
    "predict",
    "predictions_of",
    "profile",
    "quantise",
    "se_gates",
    "se_steps",
    "steps_of",
    "watch",
]
