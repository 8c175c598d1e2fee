"""Tells the person at the terminal what is going on; in a log, the same in plain lines."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Meter(Protocol):
    def at(self, done: int) -> None: ...


class _Bar:
    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def at(self, done: int) -> None:
        self._progress.update(self._task, completed=done)


class _Lines:
    """A line at each new tenth of the way."""

    def __init__(self, console: Console, text: str, total: int) -> None:
        self._console, self._text, self._total = console, text, total
        self._tenth = -1

    def at(self, done: int) -> None:
        tenth = 10 * done // max(1, self._total)
        if tenth != self._tenth:
            self._tenth = tenth
            self._console.print(f"  {self._text}: {done} of {self._total}", highlight=False)


class Narrator:
    def __init__(self, console: Console) -> None:
        self.console = console

    def say(self, text: str) -> None:
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    @contextmanager
    def meter(self, text: str, total: int) -> Iterator[Meter]:
        """Something that is done bit by bit, up to `total`."""
        if not self.console.is_terminal:
            yield _Lines(self.console, text, total)
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console) as progress:
            yield _Bar(progress, progress.add_task(text, total=total))
