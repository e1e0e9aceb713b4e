"""Session keys and parameters of the address: each in the table, each with one meaning, each used where it is meant."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from effnet_viz.ui.session.keys import ADDRESS, EVERY, PREFIXES, SCREEN, STATE

ROOT = Path(__file__).parents[2]
UI = ROOT / "effnet_viz" / "ui"
FOLDERS = {"architecture": "structure", "compare": "structure", "scaling": "structure"}  # of other pages: their name
SHARED = ("widgets", "session", "ui")
TABLES = (ADDRESS, STATE, SCREEN, PREFIXES)
STORES = ("st.session_state", "st.query_params")
NOT_WIDGETS = ("sorted", "min", "max", "sort")


def functions_with_a_key(files: list[Path]) -> dict[str, int]:
    """Public functions of these files that take a word `key`, and which argument it is."""
    places = {}
    for path in files:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                for place, argument in enumerate(node.args.args):
                    if argument.arg == "key" and argument.annotation and ast.unparse(argument.annotation) == "str":
                        places[node.name] = place
    return places


def constants_of(files: list[Path]) -> dict[str, ast.expr]:
    """Words that modules give a name in capital letters, as other modules import them."""
    values = {}
    for path in files:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant() as value) if name.isupper():
                    values[name] = value
    return values


def keys_in(
    path: Path, with_a_key: dict[str, int], constants: dict[str, ast.expr]
) -> Iterator[tuple[int, ast.expr, dict[str, ast.expr]]]:
    """Line and expression of every key in a file, with what the names of its function stand for."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assigned = dict(constants)
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                assigned[name] = value
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                assigned.update(
                    (name.id, value) for name, value in zip(names, values, strict=False) if isinstance(name, ast.Name)
                )
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=value, slice=key) if ast.unparse(value) in STORES:
                yield node.lineno, key, assigned
            case ast.Call(func=ast.Attribute(value=value, attr="update"), keywords=keywords) if (
                ast.unparse(value) in STORES
            ):
                yield from ((node.lineno, ast.Constant(value=word.arg), assigned) for word in keywords)
            case ast.Call(func=ast.Attribute(value=value), args=[key, *_]) if ast.unparse(value) in STORES:
                yield node.lineno, key, assigned
            case ast.Call(func=function, args=arguments, keywords=keywords):
                name = ast.unparse(function).split(".")[-1]
                if name in NOT_WIDGETS:
                    continue
                yield from (
                    (node.lineno, word.value, assigned)
                    for word in keywords
                    if word.arg == "key" and not isinstance(word.value, ast.Lambda)
                )
                if len(arguments) > with_a_key.get(name, len(arguments)):
                    yield node.lineno, arguments[with_a_key[name]], assigned


def spelled_out(key: ast.expr, assigned: dict[str, ast.expr], depth: int = 2) -> list[str] | None:
    """The names that an expression stands for, those of f-strings by their beginning with a `*`; None if unknown."""
    match key:
        case ast.Constant(value=str(name)):
            return [name]
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):
            return [f"{start}*"]
        case ast.IfExp(body=body, orelse=orelse):
            parts = [spelled_out(body, assigned), spelled_out(orelse, assigned)]
            return None if None in parts else [name for part in parts for name in part]
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in assigned and depth:
            return spelled_out(assigned[name], assigned, depth - 1)
    return None


def allowed(folder: str) -> tuple[set[str], set[str]]:
    """Names and prefixes that code of a folder of `ui/` may use."""
    pages = [page for table in TABLES for page in table if page == EVERY or FOLDERS.get(page, page) == folder]
    names = {name for table in TABLES[:3] for page in pages for name in table.get(page, ())}
    return names, {name for page in pages for name in PREFIXES.get(page, ())}


def mistakes(root: Path) -> list[str]:
    """One line for each key that is not in the table, or not for the page that uses it."""
    ui = root / "effnet_viz" / "ui"
    files = sorted(ui.rglob("*.py"))
    with_a_key, constants = functions_with_a_key(files), constants_of(files)
    problems = []
    for path in [*files, *sorted((root / "pages").glob("*.py"))]:
        folder = FOLDERS.get(path.stem, path.stem) if path.parent.name == "pages" else path.parent.name
        names, prefixes = allowed(folder)
        for line, key, assigned in keys_in(path, with_a_key, constants):
            where = f"{path.relative_to(root)}:{line}"
            spelled = spelled_out(key, assigned)
            if spelled is None:
                # The pickers themselves pass on the key that they are given.
                if not (isinstance(key, ast.Name) and key.id in ("key", "widget", "wish")):
                    problems.append(f"{where}: {ast.unparse(key)} does not say which key it is")
                continue
            for name in spelled:
                known = name[:-1] in prefixes if name.endswith("*") else name in names
                if not known:
                    problems.append(f"{where}: {name} is not in the table for {folder}")
    return problems


def test_every_key_is_in_the_table_for_the_page_that_uses_it():
    assert mistakes(ROOT) == []


def test_no_name_has_two_meanings():
    names = Counter(name for table in TABLES for page in table.values() for name in page)
    assert [name for name, times in names.items() if times > 1] == []


def test_every_name_of_the_table_is_used():
    text = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (*UI.rglob("*.py"), *(ROOT / "pages").glob("*.py"))
        if path.name != "keys.py"
    )
    named = [name for table in TABLES for page in table.values() for name in page]
    assert [name for name in named if f'"{name}' not in text] == []


def test_only_one_module_touches_the_address():
    touching = {
        path.relative_to(ROOT).as_posix()
        for path in (*UI.rglob("*.py"), *(ROOT / "pages").glob("*.py"))
        if "st.query_params" in path.read_text(encoding="utf-8") or "bind=" in path.read_text(encoding="utf-8")
    }
    assert touching == {"effnet_viz/ui/widgets/address.py"}


@pytest.mark.parametrize(
    ("page", "code", "expected"),
    [
        ("evidence", 'st.toggle("x", key="every_block")', "every_block is not in the table for evidence"),
        ("evidence", 'st.session_state["nowhere"] = 1', "nowhere is not in the table"),
        ("evidence", 'st.query_params.get("photos")', "photos is not in the table for evidence"),
        ("evidence", 'pick_tile(f"gate_{x}")', "gate_* is not in the table for evidence"),
        ("evidence", "st.toggle('x', key=names[0])", "names[0] does not say which key it is"),
        ("se_attention", 'choose(st.selectbox, key="rather_than")', "rather_than is not in the table for se_attention"),
    ],
)
def test_a_planted_mistake_is_found(tmp_path: Path, page: str, code: str, expected: str):
    widgets, pages = tmp_path / "effnet_viz" / "ui" / "widgets", tmp_path / "pages"
    widgets.mkdir(parents=True)
    pages.mkdir()
    (widgets / "clickable_images.py").write_text("def pick_tile(key: str, sheet=None): ...\n")
    (pages / f"{page}.py").write_text(code + "\n")
    (problem,) = mistakes(tmp_path)
    assert expected in problem
