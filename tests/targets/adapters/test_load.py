from __future__ import annotations

from pathlib import Path

import pytest

from reports.documents.mistake import DocumentError
from targets.adapters.load import load_adapter


@pytest.mark.parametrize("name", ["refrence", "", "shop.json", "shop"])
def test_an_unknown_name_is_told_what_there_is(name: str) -> None:
    with pytest.raises(DocumentError, match="reference, fetch, or a file ending in"):
        load_adapter(name)


@pytest.mark.parametrize("suffix", ["yaml", "yml", "py"])
def test_a_file_that_is_not_there_is_told_by_its_path(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"none.{suffix}"
    with pytest.raises(DocumentError, match="cannot be read: No such file") as caught:
        load_adapter(str(file))
    assert caught.value.mistakes[0].file == str(file)


def test_a_directory_is_refused(tmp_path: Path) -> None:
    directory = tmp_path / "shop.yaml"
    directory.mkdir()
    with pytest.raises(DocumentError, match="cannot be read"):
        load_adapter(str(directory))
