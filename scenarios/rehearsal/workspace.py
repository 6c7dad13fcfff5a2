"""A workspace: a directory with everything that a rehearsal of one's own is written in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from scenarios.rehearsal.document_kind import schema_of

TEMPLATE = Path(__file__).with_name("template")
COPIED = {
    "campaign.yaml": "campaign.yaml",
    "campaign.objectives.yaml": "campaign.objectives.yaml",
    "target.yaml": "target.yaml",
    "adapter.yaml": "adapter.yaml",
    "README.md": "README.md",
    ".gitignore": "gitignore.txt",
}
"""The file in a workspace: the file in the template."""
WITH_SCHEMAS = ("campaign", "objectives", "target", "adapter")
"""The kinds of the files in a workspace."""


class WorkspaceError(Exception):
    """The workspace cannot be written; the message names what is in the way."""


def write_workspace(directory: Path) -> list[Path]:
    """Writes every file of a workspace into `directory`, made when missing; returns them.

    Nothing is overwritten: raises WorkspaceError, with nothing written, when one of the files
    is there already or cannot be written.
    """
    files = workspace_files()
    if there := [name for name in files if os.path.lexists(directory / name)]:
        raise WorkspaceError(f"{directory} already has {', '.join(there)}: choose a new directory")
    written: list[Path] = []
    try:
        for name, text in files.items():
            file = directory / name
            file.parent.mkdir(parents=True, exist_ok=True)
            # "x": nor is a file overwritten that somebody else has made meanwhile.
            with file.open("x", encoding="utf-8") as out:
                written.append(file)
                out.write(text)
    except OSError as error:
        for file in written:
            file.unlink(missing_ok=True)
        what = f"{error.strerror or error}: {error.filename or directory}"
        raise WorkspaceError(f"the workspace cannot be written: {what}") from error
    return written


def workspace_files() -> Mapping[str, str]:
    """The text of each file, by its path in the workspace."""
    return dict(_texts())


def _texts() -> Iterator[tuple[str, str]]:
    for name, source in COPIED.items():
        yield name, (TEMPLATE / source).read_text(encoding="utf-8")
    for kind in WITH_SCHEMAS:
        yield f"schemas/{kind}.schema.json", schema_of(kind)
