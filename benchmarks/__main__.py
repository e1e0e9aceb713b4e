"""`python -m benchmarks [--quick | --full]`: comparisons, as Markdown tables."""

from __future__ import annotations

import argparse
import platform
from importlib import metadata

from benchmarks import answers, engines, folder, gate_evidence, grad_cam, methods, structure, training

PEERS = ("torch", "torchvision", "captum", "torchcam", "grad-cam", "torchinfo")


def main() -> None:
    """Parse the command line and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time and memory beside other tools.")
    parser.add_argument("--quick", action="store_true", help="B0 only, about half a minute")
    parser.add_argument("--full", action="store_true", help="everything, with every peer on B7: a quarter of an hour")
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, " + ", ".join(f"{name} {metadata.version(name)}" for name in PEERS))
    print(
        "\nOne image on the CPU, random parameters, every row its own process, rows taken in turns. Absolute times\n"
        "move with the machine; the ratios to the floor are the point. On a busy machine processor time tells more."
    )
    processes = grad_cam.MEMORY_PROCESSES if arguments.full else 1
    structure.report(rounds=5 if arguments.full else 2)
    for variant in ("b0",) if arguments.quick else grad_cam.CASES:
        every_peer = arguments.full or variant == "b0"
        grad_cam.report(variant, grad_cam.CONTENDERS if every_peer else grad_cam.OWN, processes)
    if not arguments.quick:
        grad_cam.report_busy()
    methods.report("b0", tuple(methods.BESIDE) if arguments.full else methods.QUICK, processes)
    engines.report(("b0", "lite0") if arguments.full else ("b0",))
    folder.report()
    gate_evidence.report()
    gate_evidence.report_page()
    if not arguments.quick:
        gate_evidence.report_page("b7", rounds=3)
    answers.report(answers.ANSWERS if arguments.full else answers.ANSWERS[:2])
    training.report(("shapes", "shapes_no_se") if arguments.full else ("shapes",))


if __name__ == "__main__":
    main()
