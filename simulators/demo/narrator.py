"""Tells the person at the terminal what is going on; in a log, the same in plain lines."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

LINE_EVERY_SECONDS = 2.0


class Meter(Protocol):
    def at(self, done: int) -> None: ...


class _Bar:
    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def at(self, done: int) -> None:
        self._progress.update(self._task, completed=done)


class _Lines:
    """In a log: the news now and then, for nobody reads a line for each step, or one that says nothing new."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._due = time.monotonic() + LINE_EVERY_SECONDS
        self._said = ""

    def show(self, text: str) -> None:
        if text != self._said and time.monotonic() >= self._due:
            self.say(text)

    def say(self, text: str) -> None:
        self._said = text
        self._due = time.monotonic() + LINE_EVERY_SECONDS
        self._console.print(f"  {text}", highlight=False, markup=False, soft_wrap=True)


class _Counted:
    """In a log: how much is done, now and then and in the end."""

    def __init__(self, console: Console, text: str, total: int) -> None:
        self._lines, self._text, self._total = _Lines(console), text, total
        self._done = False

    def at(self, done: int) -> None:
        line = f"{self._text}: {done} of {self._total}"
        if done < self._total:
            self._lines.show(line)
        elif not self._done:
            self._done = True
            self._lines.say(line)


class Narrator:
    def __init__(self, console: Console) -> None:
        self.console = console

    def act(self, title: str) -> None:
        """What comes now."""
        self.console.print(f"\n{title}", style="bold", highlight=False, markup=False, soft_wrap=True)

    def say(self, text: str) -> None:
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    @contextmanager
    def meter(self, text: str, total: int) -> Iterator[Meter]:
        """Something that is done bit by bit, up to `total`."""
        if not self.console.is_terminal:
            yield _Counted(self.console, text, total)
            return
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console) as progress:
            yield _Bar(progress, progress.add_task(text, total=total))

    @contextmanager
    def ticker(self) -> Iterator[Callable[[str], None]]:
        """Something that changes all the while: each text takes the place of the one before, and the last one goes."""
        if not self.console.is_terminal:
            yield _Lines(self.console).show
            return
        with self.console.status("") as status:
            yield lambda text: status.update(escape(text))
