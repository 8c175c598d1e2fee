"""Pieces of work that must not fail for each other."""

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self


class Apart:
    """Does one piece of work after the other, whatever becomes of each; at the end of the block it tells.

    Raises:
        ExceptionGroup: at the end, with the first failures, so that whoever started the work hears of them.
    """

    _MOST = 20  # a fault that hits everything is told of often enough

    def __init__(self) -> None:
        self._failures: list[Exception] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None and self._failures:
            raise ExceptionGroup("some of the work failed", self._failures)

    def run[R](self, work: Callable[[], R], otherwise: R) -> R:
        """What the work answers, or `otherwise` when it fails."""
        try:
            return work()
        except Exception as error:
            self._failed(error)
            return otherwise

    def halved[T, R](self, pieces: Sequence[T], work: Callable[[Sequence[T]], R]) -> Iterator[R]:
        """What the work answers for all pieces at once; if it fails, for halves, down to the piece at fault."""
        if not pieces:
            return
        try:
            answer = work(pieces)
        except Exception as error:
            if len(pieces) == 1 or len(self._failures) == self._MOST:
                self._failed(error)
                return
        else:
            yield answer
            return
        middle = len(pieces) // 2
        yield from self.halved(pieces[:middle], work)
        yield from self.halved(pieces[middle:], work)

    def _failed(self, error: Exception) -> None:
        if len(self._failures) < self._MOST:
            self._failures.append(error)
