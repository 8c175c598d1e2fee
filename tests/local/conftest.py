"""A stack's folder outside the project's own `.local`."""

from pathlib import Path

import pytest

from simulators.local import folder as folder_module
from simulators.local.folder import StackFolder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackFolder:
    monkeypatch.setattr(folder_module, "LOCAL", tmp_path)
    stack_folder = StackFolder("tried")
    stack_folder.path.mkdir()
    return stack_folder
