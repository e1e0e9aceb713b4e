"""Docstrings tell what a reader of the library needs: arguments, and the shape of what is an array."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1] / "effnet_viz"
ARRAYS = {"ndarray", "numpy.ndarray", "np.ndarray", "Tensor", "torch.Tensor"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def exported(package: Path) -> set[str]:
    """Names that a room's `__init__.py` gives to others."""
    tree = ast.parse((package / "__init__.py").read_text("utf-8"))
    return {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}


def public_functions(tree: ast.Module, names: set[str]) -> Iterator[Function]:
    """Functions of these names, and the methods without an underscore of classes of these names.

    What `forward` takes and gives stands at its class, as everywhere in torch.
    """
    for node in tree.body:
        if isinstance(node, Function) and node.name in names:
            yield node
        elif isinstance(node, ast.ClassDef) and node.name in names:
            yield from (
                part
                for part in node.body
                if isinstance(part, Function) and not part.name.startswith("_") and part.name != "forward"
            )


def arguments(function: Function) -> list[str]:
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [argument.arg for argument in given if argument.arg not in ("self", "cls")]


def shortcomings(source: str, names: set[str]) -> list[str]:
    """One line for each of these functions whose docstring does not say enough."""
    told = []
    for function in public_functions(ast.parse(source), names):
        words = ast.get_docstring(function) or ""
        many = len(arguments(function)) >= 2
        if many and "Args:" not in words:
            told.append(f"{function.lineno}: {function.name} has arguments but no Args")
        elif many:
            listed = words.split("Args:", 1)[1]
            told += [
                f"{function.lineno}: {function.name} says nothing of {name}"
                for name in arguments(function)
                if f"{name}:" not in listed
            ]
        if function.returns and ast.unparse(function.returns) in ARRAYS and "`(" not in words:
            told.append(f"{function.lineno}: {function.name} gives an array of unsaid shape")
    return told


def test_what_rooms_export_says_its_arguments_and_shapes():
    told = [
        f"{path.relative_to(ROOT)}:{line}"
        for room in sorted(ROOT.iterdir())
        if (room / "__init__.py").is_file() and (names := exported(room))
        for path in sorted(room.rglob("*.py"))
        for line in shortcomings(path.read_text("utf-8"), names)
    ]
    assert told == []


POOR = '''
def add(left, right):
    """A sum.

    Args:
        left: the first.
    """

def blur(values) -> ndarray:
    """Softer."""

class Tool:
    def use(self, a, b):
        """Work."""

def inner(a, b):
    """Not exported."""
'''


def test_what_is_missing_is_found():
    assert shortcomings(POOR, {"add", "blur", "Tool"}) == [
        "2: add says nothing of right",
        "9: blur gives an array of unsaid shape",
        "13: use has arguments but no Args",
    ]
