"""What the functions complained of lately."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from referral_hubspot.usecases.command import CommandRefusedError

_LONGEST = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Fault:
    """A warning or an error in the log: the event's name, and its facts."""

    at: datetime
    level: str
    event: str
    facts: Mapping[str, str] = field(default_factory=dict)


class FaultLog(Protocol):
    """The functions' log; see `runtime.fault_log`."""

    def since(self, moment: datetime) -> Sequence[Fault]:
        """Warnings and errors since then, in no order."""
        ...


class ReadFaults:
    """Tells each kind of fault once, with how often it came and its latest facts."""

    def __init__(self, log: FaultLog) -> None:
        self._log = log

    def __call__(self, minutes: str, now: datetime) -> list[str]:
        """Faults of the last so many minutes ("" for an hour), the most frequent first.

        Raises:
            CommandRefusedError: that is no such number.
        """
        asked = minutes or "60"
        if not asked.isdecimal() or not timedelta() < timedelta(minutes=min(int(asked), 10**6)) <= _LONGEST:
            raise CommandRefusedError(f"MINUTES={asked} is not between 1 and {_LONGEST // timedelta(minutes=1)}.")
        kinds: dict[tuple[str, str], list[Fault]] = {}
        for fault in self._log.since(now - timedelta(minutes=int(asked))):
            kinds.setdefault((fault.event, fault.facts.get("error", "")), []).append(fault)
        if not kinds:
            return [f"No warning and no error in the last {asked} minutes."]
        return [_line(faults) for faults in sorted(kinds.values(), key=len, reverse=True)]


def _line(faults: Sequence[Fault]) -> str:
    last = max(faults, key=lambda fault: fault.at)
    facts = " ".join(f"{name}={value}" for name, value in last.facts.items())
    return f"{len(faults)} x {last.event} ({last.level}, last {last.at:%Y-%m-%d %H:%M:%S}Z)  {facts}".rstrip()
