"""What happened to a campaign's connection, told from how it stood before and after."""

from dataclasses import dataclass
from enum import StrEnum


class BindingStep(StrEnum):
    """Something that the platform's admins are told of."""

    ESTABLISHED = "established"
    LOST = "lost"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class BindingImage:
    """A connection at one moment; `state` is connected, lost or removed."""

    portal_id: int
    portal_name: str
    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BindingChange:
    """One change of a connection; `version` rises with each and never starts again."""

    account_id: str
    campaign_id: str
    version: int
    before: BindingImage | None
    after: BindingImage

    def steps(self) -> list[tuple[BindingStep, BindingImage]]:
        """What to tell, in order. Moving to another HubSpot account is a removal and a new connection."""
        before, after = self.before, self.after
        was_bound = before is not None and before.state != "removed"
        moved = was_bound and before is not None and before.portal_id != after.portal_id
        steps: list[tuple[BindingStep, BindingImage]] = []
        if before is not None and was_bound and (moved or after.state == "removed"):
            steps.append((BindingStep.REMOVED, after if after.state == "removed" else before))
        if after.state == "lost" and (before is None or moved or before.state != "lost"):
            steps.append((BindingStep.LOST, after))
        if after.state == "connected" and (before is None or moved or before.state != "connected"):
            steps.append((BindingStep.ESTABLISHED, after))
        return steps
