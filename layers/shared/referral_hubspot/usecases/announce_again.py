"""Tell the platform again what it may have missed: out of the table, or out of the bus's archive."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from referral_hubspot.usecases.command import CommandRefusedError

ARCHIVE_KEEPS = timedelta(days=30)
_ATTEMPTS = 5
_PAUSE_S = 2.0


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A row whose changes are announced, as the table's stream hands over a new one.

    `changed_at` is None where the row does not say when it changed last.
    """

    record: dict[str, Any]
    changed_at: datetime | None


class ToldRows(Protocol):
    """Rows whose changes are announced; see `storage.told_rows`."""

    def page(self, after: str) -> tuple[Sequence[ToldRow], str]:
        """Some rows behind a position ("" for the first ones), and the next position ("" after the last)."""
        ...


class Announcer(Protocol):
    """The event bus; see `runtime.bus`."""

    def announce(self, records: Sequence[dict[str, Any]]) -> str | None:
        """Announce what stream records say; None when all is announced, else the number of the first that is not."""
        ...


class Archive(Protocol):
    """What was announced, kept for 30 days; see `runtime.archive`."""

    def replay(self, since: datetime, until: datetime) -> str:
        """Announce it once more to the platform; the name of what does so by and by."""
        ...


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What was announced so far; `after` is where to go on, "" when it is done."""

    rows: int
    after: str = ""


class AnnounceAgain:
    """Announces what stands in the table, under the ids that it was announced by, or replays the archive."""

    def __init__(
        self,
        rows: ToldRows,
        announcer: Announcer,
        archive: Archive,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rows = rows
        self._announcer = announcer
        self._archive = archive
        self._clock = clock
        self._sleep = sleep

    def period(self, since: str, until: str, *, archived: bool) -> Period:
        """The period that two texts name; without `until` it ends now.

        Raises:
            CommandRefusedError: one cannot be read, or there is nothing in it.
        """
        now = self._clock()
        oldest = now - ARCHIVE_KEEPS if archived else None
        begin, end = self._moment("SINCE", since), self._moment("UNTIL", until) if until else now
        if begin >= min(end, now):
            raise CommandRefusedError(f"SINCE must be before UNTIL and before now ({now:%Y-%m-%dT%H:%MZ}).")
        if oldest and begin < oldest:
            raise CommandRefusedError(
                f"The archive goes back to {oldest:%Y-%m-%dT%H:%MZ}; FROM=table goes back for ever."
            )
        return Period(begin, min(end, now))

    def from_archive(self, period: Period) -> str:
        """Replay the archive for a period; the name of the replay."""
        return self._archive.replay(period.since, period.until)

    def from_table(self, period: Period, so_far: Told, time_left: Callable[[], bool]) -> Told:
        """Announce where everyone stands who changed in a period; goes on where `so_far` ended.

        Only the last change of a row is known. A row that does not say when that was is always told.

        Raises:
            CommandRefusedError: the bus takes no more at the moment.
        """
        rows, after = so_far.rows, so_far.after
        while True:
            page, following = self._rows.page(after)
            changed = [row for row in page if row.changed_at is None or period.since <= row.changed_at <= period.until]
            if not self._announced([row.record for row in changed]):
                raise CommandRefusedError(f"The bus took {rows} and is busy: run it again later, repeats do no harm.")
            rows, after = rows + len(changed), following
            if not after or not time_left():
                return Told(rows, after)

    def _announced(self, records: list[dict[str, Any]]) -> bool:
        """Whether the bus took all of it, be it after some attempts."""
        for attempt in range(_ATTEMPTS):
            first_refused = self._announcer.announce(records)
            if first_refused is None:
                return True
            records = [one for one in records if int(one["dynamodb"]["SequenceNumber"]) >= int(first_refused)]
            self._sleep(_PAUSE_S * (attempt + 1))
        return False

    def _moment(self, name: str, text: str) -> datetime:
        try:
            read = datetime.fromisoformat(text)
        except ValueError:
            asked = f"{name}={text} cannot be read" if text else f"No {name} was given"
            now = self._clock()
            raise CommandRefusedError(
                f"{asked}, so nothing was announced. Write it as {now - timedelta(hours=1):%Y-%m-%dT%H:%MZ}.",
                f"FROM=archive goes back to {now - ARCHIVE_KEEPS:%Y-%m-%dT%H:%MZ}, FROM=table to the beginning.",
            ) from None
        return read if read.tzinfo else read.replace(tzinfo=UTC)
