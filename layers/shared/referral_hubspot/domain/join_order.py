"""Reading a list in the order of joining, whichever end HubSpot begins at: it does not say, so the pages tell."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from referral_hubspot.domain.syncs import Bookmark, Run


def following(
    run: Run, bookmark: Bookmark, after: str, joined: Sequence[datetime], *, anybody_new: bool
) -> tuple[Run, Bookmark]:
    """Where to go on from a page, and from where the next run for newcomers begins.

    Args:
        after: The token of the next page, "" on the last.
        joined: When the members of the page joined, in their order.
        anybody_new: Whether any of them was not dealt with before.
    """
    going = replace(run, after=after, reading=bool(after))
    if not joined:
        return going, bookmark
    if joined[0] == joined[-1] and not (run.after or after):
        return going, Bookmark()  # a single page, of one instant, tells nothing and need not
    going = replace(going, newest=max(joined) if run.newest is None else max(*joined, run.newest))
    match _rising(run, bookmark, joined):
        case True:
            return _oldest_first(run, going, bookmark)
        case False:
            return _newest_first(run, going, bookmark, min(joined), anybody_new=anybody_new)
        case None:
            return _untold(run, going, bookmark)


def _rising(run: Run, bookmark: Bookmark, joined: Sequence[datetime]) -> bool | None:
    """Whether the oldest members stand first; None if neither the pages tell nor those of former runs did."""
    first, last = joined[0], joined[-1]
    before = run.newest if run.after else None  # the first page follows none
    if first < last or (before is not None and first > before):
        return True
    if first > last or (before is not None and last < before):
        return False
    if bookmark.newest is None:
        return True if bookmark.tail else None
    return None if bookmark.tail and (run.after or first <= bookmark.newest) else False


def _oldest_first(run: Run, going: Run, bookmark: Bookmark) -> tuple[Run, Bookmark]:
    """Newcomers come behind the last page."""
    if bookmark.tail and bookmark.newest is not None and not run.after and going.after:
        return replace(going, after=bookmark.tail), Bookmark(tail=bookmark.tail)
    kept = bookmark if bookmark.newest is None else Bookmark()
    return going, kept if going.after else Bookmark(tail=run.after)


def _newest_first(
    run: Run, going: Run, bookmark: Bookmark, oldest: datetime, *, anybody_new: bool
) -> tuple[Run, Bookmark]:
    """Newcomers stand before the first page: it is read again until nobody joined while the others were read."""
    newest = bookmark.newest
    if bookmark.tail and run.after:
        if newest is None:
            return replace(going, after="", newest=None, reading=True), Bookmark()  # the wrong end
        return replace(going, after="", reading=False), Bookmark(newest=going.newest)  # the first page told of nobody
    known_from_here = newest is not None and (oldest < newest or (oldest == newest and not anybody_new))
    if going.after and not known_from_here:
        return going, Bookmark(newest=newest)
    somebody_joined = newest is None or (going.newest is not None and going.newest > newest)
    return replace(going, after="", reading=somebody_joined), Bookmark(newest=going.newest)


def _untold(run: Run, going: Run, bookmark: Bookmark) -> tuple[Run, Bookmark]:
    """All joined in one instant: newcomers stand before the first page or behind the last, so both are looked at."""
    if bookmark.tail and not run.after and going.after:
        return replace(going, after=bookmark.tail), bookmark
    return going, bookmark if going.after else Bookmark(tail=run.after, newest=going.newest)
