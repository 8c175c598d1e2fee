"""What an admin wants to save, before anybody judged it, and how a refusal says what to do."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from referral_hubspot.domain.errors import PermanentError
from referral_hubspot.domain.settings import RuleKind, SideSettings

DYNAMIC = "dynamic"
FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One mapping row: `source` counts in a dynamic row, `value` in a fixed one; blank is not chosen yet."""

    kind: str
    property: str
    source: str = ""
    value: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DraftRule:
    """When referrals should qualify; property and value count only where the kind takes them."""

    kind: str = RuleKind.NONE
    property: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it was sent; `version` is the one that the admin was looking at."""

    version: int
    action: str | None
    mapping: tuple[DraftRow, ...]
    duplicates: str
    rule: DraftRule


def draft_of(settings: SideSettings) -> Draft:
    """The form that would save these settings again."""
    return Draft(
        version=settings.version,
        action=settings.action,
        mapping=tuple(
            DraftRow(FIXED if row.value else DYNAMIC, row.property, row.source, row.value) for row in settings.mapping
        ),
        duplicates=settings.duplicates,
        rule=DraftRule(settings.rule.kind, settings.rule.property, settings.rule.value),
    )


def same_choice(draft: Draft, settings: SideSettings) -> bool:
    """Whether the form says what is saved already, whichever version it was made from."""
    saved = draft_of(settings)
    return (draft.action, draft.mapping, draft.duplicates, _effective(draft.rule)) == (
        saved.action,
        saved.mapping,
        saved.duplicates,
        _effective(saved.rule),
    )


def _effective(rule: DraftRule) -> DraftRule:
    return DraftRule() if rule.kind == RuleKind.NONE else rule


@dataclass(frozen=True, slots=True)
class SaveProblem:
    """One thing that cannot be saved: its stable code, where it stands in the form, and what to do.

    The message never quotes a value that somebody typed.
    """

    code: str
    field: str
    message: str
    next_step: str


class SaveRefusedError(PermanentError):
    """A form that cannot be saved; nothing of it was."""

    def __init__(self, problems: Sequence[SaveProblem]) -> None:
        super().__init__(f"the settings were refused ({', '.join(sorted({problem.code for problem in problems}))})")
        self.problems = tuple(problems)
