from collections.abc import Iterator

import pytest

from functions.announcements import app
from tests.functions.announcements.announcer import Announcer
from tests.functions.announcements.stream import Stream
from tests.tables import local_tables


@pytest.fixture
def stream() -> Iterator[Stream]:
    with local_tables() as client:
        yield Stream(client)


@pytest.fixture
def announcer(monkeypatch: pytest.MonkeyPatch) -> Announcer:
    made = Announcer()
    monkeypatch.setattr(app, "bus", lambda: made.bus)
    return made
