"""Sizes, names and vocabulary: the house rules that a machine can hold."""

from __future__ import annotations

import ast
import re

from tests.architecture.source_files import ROOT, source_files, test_files

LONGEST_FUNCTION = 40
MOST_FUNCTIONS = 25
LONGEST_FILE = 400
SAYS_NOTHING = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "core",
    "base",
    "misc",
    "manager",
    "tools",
}
OTHER_WORDS = {
    r"\blatency\b": "response time or request duration",
    r"\bRPS\b|\bQPS\b": "throughput or arrival rate",
    r"\bworkflow\b": "funnel",
    r"\bSLO breach\b": "violated objective",
    r"\bthreshold": "target or limit",
    r"\bvirtual user": "visit",
}
"""Words that mean one of ours: one word a thing. A cited name of another tool may use its own."""


def functions():
    for file in source_files():
        for node in ast.walk(file.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{file.name}:{node.lineno} {node.name}", _lines(node)


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without its docstring and without the decorators' and arguments' lines:
    a verb with many options is long, not complicated."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    if not body:
        return 1
    assert node.end_lineno is not None
    return node.end_lineno - body[0].lineno + 1


def test_no_function_is_longer_than_forty_lines():
    assert [name for name, lines in functions() if lines > LONGEST_FUNCTION] == []


def test_nearly_every_function_is_under_twenty_five_lines():
    sizes = [lines for _, lines in functions()]
    assert sum(lines < MOST_FUNCTIONS for lines in sizes) >= 0.95 * len(sizes)


def test_no_file_is_longer_than_four_hundred_lines():
    files = [*source_files(), *test_files()]
    assert [file.name for file in files if file.text.count("\n") > LONGEST_FILE] == []


def test_a_files_name_says_what_is_in_it():
    stems = {file.name: file.name.rpartition("/")[2].removesuffix(".py") for file in source_files()}
    assert [name for name, stem in stems.items() if stem in SAYS_NOTHING] == []


def test_a_package_file_is_empty_so_that_no_import_has_a_side_effect():
    assert [
        file.name
        for file in source_files()
        if file.name.endswith("__init__.py") and file.text.strip()
    ] == []


def test_one_word_a_thing():
    wrong = [
        f"{file.name}: {found[0]!r}, say {ours}"
        for file in source_files()
        for theirs, ours in OTHER_WORDS.items()
        if (found := re.search(theirs, file.text, re.IGNORECASE))
    ]
    assert not wrong


def test_a_public_function_or_class_says_what_it_promises_unless_its_name_says_all():
    silent = [
        f"{file.name}:{node.lineno} {node.name}"
        for file in source_files()
        for node in file.tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert len(silent) <= 0.02 * sum(1 for _ in functions()), silent


def test_every_package_of_the_tree_is_in_the_wheel():
    listed = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    rooms = {file.room.replace("/", ".") for file in source_files() if file.room}
    assert [room for room in sorted(rooms) if f'"{room}"' not in listed] == []
