"""Where a campaign file is: by its name among the campaigns that ship, or by its path."""

from __future__ import annotations

import difflib
from pathlib import Path

from reports.documents.mistake import mistake_on_command_line

CAMPAIGNS = Path(__file__).parent.parent / "campaigns"
_SUFFIXES = (".yaml", ".yml")


def campaign_names() -> tuple[str, ...]:
    """The names of the campaigns that ship, in order."""
    stems = (each.stem for each in CAMPAIGNS.glob("*.yaml"))
    return tuple(sorted(each for each in stems if "." not in each))


def find_campaign(name: str) -> Path:
    """The file of the campaign `name`, which is a shipped campaign's name or a path.

    What looks like a path (a directory in it, or a YAML suffix) is taken for one. Raises
    DocumentError when there is no such file.
    """
    path = Path(name)
    is_path = path.suffix in _SUFFIXES or path.name != name
    file = path if is_path else CAMPAIGNS / f"{name}.yaml"
    if file.is_file() and (is_path or name in campaign_names()):
        return file
    known = campaign_names()
    close = difflib.get_close_matches(path.stem, known, n=1)
    hint = f', did you mean "{close[0]}"?' if close else ""
    message = f"there is no such campaign{hint} (known: {', '.join(known)}; or a path)"
    raise mistake_on_command_line(name, message)
