"""What an admin wants to save, before anybody judged it, and how a refusal says what to do."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from referral_hubspot.domain.crm import DEAL_STAGE
from referral_hubspot.domain.errors import PermanentError
from referral_hubspot.domain.settings import Action, MappingRow, Rule, RuleKind, SideSettings

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
    with_contact: bool = False
    contact_mapping: tuple[DraftRow, ...] = ()


def draft_of(settings: SideSettings) -> Draft:
    """The form that would save these settings again."""
    return Draft(
        version=settings.version,
        action=settings.action,
        mapping=_draft_rows(settings.mapping),
        duplicates=settings.duplicates,
        rule=DraftRule(settings.rule.kind, settings.rule.property, settings.rule.value),
        with_contact=settings.with_contact,
        contact_mapping=_draft_rows(settings.contact_mapping),
    )


def same_choice(draft: Draft, settings: SideSettings) -> bool:
    """Whether the form says what is saved already, whichever version it was made from."""
    return _choice(draft) == _choice(draft_of(settings))


def unjudged(draft: Draft) -> SideSettings:
    """What the form means, as far as its words are known; whether it can work is not asked."""
    rule = _effective(draft.rule)
    return SideSettings(
        action=Action(draft.action) if draft.action in set(Action) else None,
        mapping=_mapping_rows(draft.mapping),
        rule=Rule(RuleKind(rule.kind), rule.property, rule.value) if rule.kind in set(RuleKind) else Rule(),
        with_contact=draft.with_contact,
        contact_mapping=_mapping_rows(draft.contact_mapping),
    )


def _choice(draft: Draft) -> Draft:
    return replace(
        draft,
        version=0,
        mapping=_draft_rows(_mapping_rows(draft.mapping)),  # a blank row is stored as neither dynamic nor fixed
        rule=_effective(draft.rule),
        contact_mapping=_draft_rows(_mapping_rows(draft.contact_mapping)),
    )


def _effective(rule: DraftRule) -> DraftRule:
    match rule.kind:
        case RuleKind.NONE:
            return DraftRule()
        case RuleKind.DEAL_STAGE if not rule.property:
            return replace(rule, property=DEAL_STAGE)
        case _:
            return rule


def _draft_rows(rows: Sequence[MappingRow]) -> tuple[DraftRow, ...]:
    return tuple(DraftRow(FIXED if row.value else DYNAMIC, row.property, row.source, row.value) for row in rows)


def _mapping_rows(rows: Sequence[DraftRow]) -> tuple[MappingRow, ...]:
    return tuple(MappingRow(row.property, row.source, row.value) for row in rows)


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
