"""Every command: its words, what it runs, what it answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.operation import OperationWiring
from referral_hubspot.usecases.announce_again import Told
from referral_hubspot.usecases.command import CommandRefusedError
from referral_hubspot.usecases.dead_letters import Chosen
from referral_hubspot.usecases.why import Asked

TimeLeft = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Order:
    """A command as it was given: its words by their names in lower case."""

    wiring: OperationWiring
    words: Mapping[str, str]
    time_left: TimeLeft

    def word(self, name: str) -> str:
        """A word, blank if it was not given."""
        return self.words.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Answer:
    """Lines for the terminal. With `again` the work is not done: the same command goes on with these words added."""

    lines: Sequence[str]
    again: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command with the words that it takes."""

    run: Callable[[Order], Answer]
    words: frozenset[str]


def _why(order: Order) -> Answer:
    asked = Asked(order.word("lead"), order.word("account"), order.word("campaign"), order.word("email"))
    return Answer(order.wiring.why(asked))


def _dead_letters(order: Order) -> Answer:
    return Answer(order.wiring.dead_letters.listed(_chosen(order), order.time_left))


def _replay(order: Order) -> Answer:
    return Answer(order.wiring.dead_letters.replay(_chosen(order), order.time_left))


def _drop(order: Order) -> Answer:
    return Answer(order.wiring.dead_letters.drop(_chosen(order), order.time_left))


def _chosen(order: Order) -> Chosen:
    return Chosen(order.word("queue"), order.word("reason"), order.word("id"))


def _pause(order: Order) -> Answer:
    pausing = order.wiring.pausing
    if "target" not in order.words:
        return Answer(pausing.shown())
    return Answer(pausing.pause(order.word("target"), order.word("why")))


def _resume(order: Order) -> Answer:
    return Answer(order.wiring.pausing.resume(order.word("target")))


def _sweep(order: Order) -> Answer:
    finished = order.wiring.sweep_times.finished_at()
    order.wiring.sweeper.sweep_now()
    last = f"The last sweep was finished at {finished:%Y-%m-%d %H:%M:%S}Z" if finished else "No sweep was finished yet"
    return Answer([f"{last}; another one is started."])


def _announce(order: Order) -> Answer:
    again = order.wiring.announce_again
    source = order.word("from") or "table"
    if source not in {"table", "archive"}:
        raise CommandRefusedError(f"FROM={source} does not exist: it is table or archive.")
    period = again.period(order.word("since"), order.word("until"), archived=source == "archive")
    if source == "archive":
        return Answer(
            [f"The archive is being replayed as {again.from_archive(period)}; consumers drop what they know."]
        )
    told = again.from_table(period, Told(int(order.word("rows") or 0), order.word("after")), order.time_left)
    so_far = f"{told.rows} leads and connections were announced as they stand, under the ids that they have"
    if not told.after:
        return Answer([f"{so_far}."])
    on = {"since": period.since.isoformat(), "until": period.until.isoformat()}
    return Answer([f"{so_far}; going on."], on | {"rows": str(told.rows), "after": told.after})


def _errors(order: Order) -> Answer:
    return Answer(order.wiring.read_faults(order.time_left)(order.word("minutes"), clients.now()))


_LETTERS = frozenset({"queue", "reason", "id"})

COMMANDS: Mapping[str, Command] = {
    "why": Command(_why, frozenset({"lead", "account", "campaign", "email"})),
    "dead-letters": Command(_dead_letters, _LETTERS),
    "replay": Command(_replay, _LETTERS),
    "drop": Command(_drop, _LETTERS),
    "pause": Command(_pause, frozenset({"target", "why"})),
    "resume": Command(_resume, frozenset({"target"})),
    "sweep": Command(_sweep, frozenset()),
    "announce": Command(_announce, frozenset({"since", "until", "from", "rows", "after"})),
    "errors": Command(_errors, frozenset({"minutes"})),
}


def carry_out(event: Mapping[str, Any], wiring: Callable[[], OperationWiring], time_left: TimeLeft) -> Answer:
    """Run the command that an event names.

    Raises:
        CommandRefusedError: there is no such command or word, or it refuses; nothing was changed.
    """
    command = COMMANDS.get(str(event.get("command")))
    if command is None:
        raise CommandRefusedError(f"There is no such command. There are {', '.join(COMMANDS)}.")
    words = {name: str(word) for name, word in event.items() if name != "command"}
    if unknown := words.keys() - command.words:
        taken = ", ".join(sorted(command.words)).upper()
        raise CommandRefusedError(
            f"{', '.join(sorted(unknown)).upper()} is not taken; {event['command']} takes {taken}."
        )
    return command.run(Order(wiring(), words, time_left))
