"""`python -m benchmarks [--quick]`: all comparisons, as Markdown tables."""

from __future__ import annotations

import argparse
import platform
from importlib import metadata

from benchmarks import answers, gate_evidence, grad_cam, methods, structure, training

PEERS = ("torch", "torchvision", "captum", "torchcam", "grad-cam", "torchinfo")


def main() -> None:
    """Parse the command line and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time and memory beside other tools.")
    parser.add_argument("--quick", action="store_true", help="B0 only, about half a minute")
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, " + ", ".join(f"{name} {metadata.version(name)}" for name in PEERS))
    print(
        "\nOne image on the CPU, random parameters, every row its own process, rows taken in turns. Absolute times\n"
        "move with the machine; the ratios to the floor are the point. On a busy machine processor time tells more."
    )
    structure.report(rounds=2 if arguments.quick else 5)
    for variant in ("b0",) if arguments.quick else grad_cam.CASES:
        grad_cam.report(variant)
    methods.report("b0", methods.QUICK if arguments.quick else tuple(methods.BESIDE))
    gate_evidence.report()
    answers.report(answers.ANSWERS[:2] if arguments.quick else answers.ANSWERS)
    training.report(("shapes",) if arguments.quick else ("shapes", "shapes_no_se"))


if __name__ == "__main__":
    main()
