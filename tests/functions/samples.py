"""The samples in events/: what each trigger hands to its function."""

import json
from collections.abc import Mapping
from typing import Any

from tests.cloudformation import ROOT

FOLDER = ROOT / "events"


def sample(name: str, replaced: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The event in events/<name>.json; `replaced` words of it are others."""
    text = (FOLDER / f"{name}.json").read_text()
    for word, other in (replaced or {}).items():
        assert word in text
        text = text.replace(word, other)
    event: dict[str, Any] = json.loads(text)
    return event
