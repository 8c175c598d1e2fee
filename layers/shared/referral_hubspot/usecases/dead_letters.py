"""Look at dead letters, move them back to where they are processed, or drop them."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.dead_letters import Letter
from referral_hubspot.usecases.command import CommandRefusedError

_READ = 1_000  # letters that are looked at for a list
_SHOWN = 20  # and told one by one

TimeLeft = Callable[[], bool]


class LetterBox(Protocol):
    """A queue of dead letters; see `runtime.dead_letters`."""

    def count(self) -> int:
        """How many there are, those that somebody just looks at included."""
        ...

    def take(self) -> Sequence[Letter]:
        """Some that were not taken before, hidden from others for some minutes; none when that were all."""
        ...

    def put_back(self, letters: Collection[Letter]) -> None:
        """Show them again at once."""
        ...

    def remove(self, letters: Collection[Letter]) -> None:
        """Take them off for good."""
        ...


class Destination(Protocol):
    """Where letters of a queue are processed; see `runtime.dead_letters`."""

    def send(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        """Those of the letters that were taken."""
        ...


@dataclass(frozen=True, slots=True)
class DeadQueue:
    """A queue of dead letters; without `back` nothing can be moved back, as `advice` says."""

    box: LetterBox
    back: Destination | None = None
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which letters: those of a queue, with this reason or this id if one is named."""

    queue: str = ""
    reason: str = ""
    id: str = ""

    def __contains__(self, letter: Letter) -> bool:
        return self.reason in ("", letter.reason) and self.id in ("", letter.id)

    def __str__(self) -> str:
        parts = [f"reason {self.reason}" if self.reason else "", f"id {self.id}" if self.id else ""]
        return " and ".join(part for part in parts if part)


@dataclass(slots=True)
class _Passed:
    """What came of going through a queue; `complete`: nothing of it was left unseen."""

    done: list[Letter] = field(default_factory=list)
    refused: list[Letter] = field(default_factory=list)
    others: list[Letter] = field(default_factory=list)
    complete: bool = False


class DeadLetters:
    """All queues of dead letters. Letters are processed by what processes them anyway, which may happen twice."""

    def __init__(self, queues: Mapping[str, DeadQueue], clock: Callable[[], datetime]) -> None:
        self._queues = queues
        self._clock = clock

    def counts(self) -> dict[str, int]:
        """How many letters each queue has."""
        return {name: queue.box.count() for name, queue in self._queues.items()}

    def listed(self, chosen: Chosen, time_left: TimeLeft) -> list[str]:
        """What is in the queues, or in one of them: how many, how old, why, and ids, never what a person wrote.

        Raises:
            CommandRefusedError: there is no such queue.
        """
        if chosen.queue:
            self._queue(chosen)
        names = [chosen.queue] if chosen.queue else list(self._queues)
        return [line for name in names for line in self._told(name, chosen, time_left)]

    def replay(self, chosen: Chosen, time_left: TimeLeft) -> list[str]:
        """Move letters back to where they are processed. Each is sent first and removed then: interrupted, it is
        there twice, which does no harm.

        Raises:
            CommandRefusedError: there is no such queue, or none of its letters is meant.
        """
        queue = self._queue(chosen)
        if queue.back is None:
            raise CommandRefusedError(f"Nothing was moved. {queue.advice}")
        passed = self._pass(queue, chosen, queue.back.send, time_left)
        return self._came(chosen, passed, "moved back", queue.advice)

    def drop(self, chosen: Chosen, time_left: TimeLeft) -> list[str]:
        """Remove letters for good.

        Raises:
            CommandRefusedError: there is no such queue, or it was not said which of its letters.
        """
        queue = self._queue(chosen)
        if not str(chosen):
            raise CommandRefusedError(
                "Nothing was dropped: say which, by REASON=… or ID=….", *self._told(chosen.queue, chosen, time_left)
            )
        passed = self._pass(queue, chosen, lambda letters: letters, time_left)
        return self._came(chosen, passed, "dropped", "")

    def _queue(self, chosen: Chosen) -> DeadQueue:
        if chosen.queue in self._queues:
            return self._queues[chosen.queue]
        asked = f"There is no queue {chosen.queue!r}" if chosen.queue else "No QUEUE was given"
        counts = ", ".join(f"{name} ({count})" for name, count in self.counts().items())
        raise CommandRefusedError(f"{asked}, so nothing was changed. Dead letters: {counts}.")

    def _pass(
        self,
        queue: DeadQueue,
        chosen: Chosen,
        act: Callable[[Sequence[Letter]], Sequence[Letter]],
        time_left: TimeLeft,
        limit: int = 0,
    ) -> _Passed:
        """Go through a queue once. A letter that comes back meanwhile is newer than the beginning: it stays."""
        begun, passed = self._clock(), _Passed()
        try:
            while time_left() and not (limit and len(passed.others) >= limit):
                letters = queue.box.take()
                if not letters:
                    passed.complete = True
                    break
                meant = [letter for letter in letters if letter in chosen and letter.sent_at < begun]
                passed.others += [letter for letter in letters if letter not in meant]
                done = list(act(meant)) if meant else []
                queue.box.remove(done)
                passed.done += done
                passed.refused += [letter for letter in meant if letter not in done]
        finally:
            queue.box.put_back([*passed.others, *passed.refused])
        return passed

    def _came(self, chosen: Chosen, passed: _Passed, what: str, advice: str) -> list[str]:
        if not passed.done and not passed.refused and passed.complete:
            which = f" with {chosen}" if str(chosen) else ""
            raise CommandRefusedError(
                f"No dead letter of {chosen.queue}{which}, so nothing was {what}.", *_reasons(passed.others)
            )
        lines = [f"{chosen.queue}: {len(passed.done)} {what}, {len(passed.others)} left as they are."]
        if passed.refused:
            lines.append(f"{len(passed.refused)} could not be {what}. {advice}".rstrip())
        if not passed.complete:
            lines.append("The time was up before all were looked at: run it again.")
        return lines

    def _told(self, name: str, chosen: Chosen, time_left: TimeLeft) -> list[str]:
        nothing = Chosen(id="-")  # no message has such an id: all are looked at, none is touched
        passed = self._pass(self._queues[name], nothing, lambda letters: [], time_left, limit=_READ)
        letters = sorted((one for one in passed.others if one in chosen), key=lambda one: one.sent_at)
        if not letters:
            return [f"{name}: none"]
        age = self._clock() - letters[0].sent_at
        count = (
            f"{len(letters)}" if passed.complete else f"{len(letters)} looked at of {self._queues[name].box.count()}"
        )
        return [
            f"{name}: {count}, the oldest is {str(age).partition('.')[0]} old",
            *_reasons(letters),
            *(f"  {_line(letter)}" for letter in letters[:_SHOWN]),
            *([f"  and {len(letters) - _SHOWN} more"] if len(letters) > _SHOWN else []),
        ]


def _reasons(letters: Sequence[Letter]) -> list[str]:
    return [f"  {count} x {reason}" for reason, count in Counter(one.reason for one in letters).most_common()]


def _line(letter: Letter) -> str:
    facts = " ".join(f"{name}={value}" for name, value in letter.about.items())
    return f"{letter.id}  {letter.sent_at:%Y-%m-%d %H:%M:%S}Z  {letter.reason}  {facts}".rstrip()
