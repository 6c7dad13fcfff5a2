"""What the documents tell a reader to type is what the program takes; what they link to exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from doorbuster import VERBS, verbs
from scenarios.workload.campaign_file import campaign_names

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands_in(text: str) -> list[str]:
    """Every `doorbuster ...` of an indented line, an example's explanation cut off, and what
    follows a pipe or a > outside of quotation marks."""
    lines = re.findall(r"^ {2,}(doorbuster .*)$", text, re.MULTILINE)
    parts = [part.strip() for line in lines for part in line.split("&&")]
    unquoted = r'(?=(?:[^"]*"[^"]*")*[^"]*$)'
    cut = (re.split(rf"\s{{3,}}| [|>] {unquoted}", part)[0] for part in parts)
    return [each for each in cut if each.startswith("doorbuster ")]


def examples_in_help() -> list[str]:
    found = commands_in(verbs.epilog or "")
    for name in VERBS:
        verb = verbs.get_command(click.Context(verbs), name)
        assert verb is not None
        found += commands_in(verb.help or "")
        for part in verb.commands.values() if isinstance(verb, click.Group) else ():
            found += commands_in(part.help or "")
    return found


def parse(command: str) -> None:
    """As click parses it, without doing anything."""
    words = shlex.split(command)[1:]
    context = click.Context(verbs)
    verb = verbs.get_command(context, words[0])
    assert verb is not None, f"no verb {words[0]}"
    if isinstance(verb, click.Group):
        words = words[1:]
        verb = verb.get_command(context, words[0])
        assert verb is not None, f"no verb {words[0]}"
    verb.make_context(words[0], words[1:])


@pytest.mark.parametrize("command", commands_in(README))
def test_a_command_of_the_readme_is_one(command):
    parse(command)


@pytest.mark.parametrize("command", sorted(set(examples_in_help())))
def test_an_example_in_a_help_is_a_command(command):
    parse(command)


def test_there_are_commands_to_look_at():
    assert len(commands_in(README)) >= 6
    assert len(examples_in_help()) >= 15


def test_the_readme_tells_of_every_verb():
    section = README.partition("## Verbs")[2].partition("## ")[0]
    assert set(re.findall(r"^\| `([\w-]+)", section, re.MULTILINE)) == set(VERBS)


def test_the_readme_tells_of_every_campaign_that_ships():
    section = README.partition("## Campaigns that ship")[2].partition("## ")[0]
    assert set(re.findall(r"^\| `(\w+)", section, re.MULTILINE)) == set(campaign_names())


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "DECISIONS.md"])
def test_what_a_document_links_to_exists(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_makes_of_the_documents_are_targets():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    said = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^ {4}make (\w+)", said, re.MULTILINE)) <= targets
