"""Why a lead stands where it stands: its story, and all that it depends on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from referral_hubspot.domain.pauses import Pauses
from referral_hubspot.domain.people import Person, PersonKey, normalised
from referral_hubspot.domain.routes import Route
from referral_hubspot.domain.settings import Binding, BindingState, Campaign, CampaignState, Rule, RuleKind, Side, gaps
from referral_hubspot.usecases.command import CommandRefusedError
from referral_hubspot.usecases.find_campaign import KnownCampaign
from referral_hubspot.usecases.pause import Pause, PauseStore, told
from referral_hubspot.usecases.ports import CampaignStates
from referral_hubspot.usecases.read_people import Story


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked for: a lead by its id, or everyone of an account with an address."""

    lead_id: str = ""
    account_id: str = ""
    campaign_id: str = ""
    email: str = ""


class Stories(Protocol):
    """Puts leads into words; see `usecases.read_people`."""

    def one(self, known: KnownCampaign, side: Side, person_id: str) -> Story: ...


class PeopleFinder(Protocol):
    """Finds people; see `storage.people`."""

    def identity(self, value: str) -> str: ...

    def load(self, people: Iterable[PersonKey]) -> Mapping[PersonKey, Person]: ...

    def with_email(self, account_id: str, email_hash: str) -> Sequence[PersonKey]: ...


class CampaignReader(CampaignStates, Protocol):
    """Reads campaigns; see `storage.campaigns`."""

    def campaigns(self, account_id: str) -> Sequence[Campaign]: ...

    def every_route(self) -> Sequence[Route]: ...


class Why:
    """Tells whoever is on call of leads, in the words that their admin reads, and more."""

    def __init__(self, people: PeopleFinder, campaigns: CampaignReader, stories: Stories, pauses: PauseStore) -> None:
        self._people = people
        self._campaigns = campaigns
        self._stories = stories
        self._pauses = pauses

    def __call__(self, asked: Asked) -> list[str]:
        """The story of everyone who is found. The lines may quote HubSpot: they are for the terminal, never for a log.

        Raises:
            CommandRefusedError: the question is incomplete, or nobody is found.
        """
        found = sorted(self._people.load(self._candidates(asked)), key=lambda key: (key.campaign, key.person_id))
        if not found:
            raise CommandRefusedError(*self._nobody(asked))
        states = self._campaigns.load({key.campaign for key in found})
        lines: list[str] = []
        for key in found:
            lines += ([""] if lines else []) + self._story(key, states[key.campaign])
        return lines

    def _candidates(self, asked: Asked) -> list[PersonKey]:
        if asked.email and asked.account_id:
            email_hash = self._people.identity(normalised(asked.email))
            keys = self._people.with_email(asked.account_id, email_hash)
            return [key for key in keys if key.side == "lead" and asked.campaign_id in ("", key.campaign_id)]
        if not asked.lead_id:
            raise CommandRefusedError(
                "Say whom: LEAD=<id>, with ACCOUNT=<id> and CAMPAIGN=<id> if you know them, or ACCOUNT=<id> EMAIL=…",
                *self._accounts(),
            )
        return [PersonKey(*campaign, "lead", asked.lead_id) for campaign in self._of(asked)]

    def _of(self, asked: Asked) -> list[tuple[str, str]]:
        """The campaigns to look for a lead in. Without an account these are the connected customers' ones."""
        if asked.account_id and asked.campaign_id:
            return [(asked.account_id, asked.campaign_id)]
        accounts = [asked.account_id] if asked.account_id else self._connected()
        campaigns = [
            (account_id, campaign.campaign_id)
            for account_id in accounts
            for campaign in self._campaigns.campaigns(account_id)
        ]
        return [pair for pair in campaigns if asked.campaign_id in ("", pair[1])]

    def _nobody(self, asked: Asked) -> list[str]:
        if asked.email and asked.account_id:
            return [f"Nobody with this address is stored for account {asked.account_id}.", *self._accounts()]
        if not asked.account_id:
            return [
                f"No connected account has a lead {asked.lead_id}; name ACCOUNT=<id> of another.",
                *self._accounts(),
            ]
        campaigns = [campaign.campaign_id for campaign in self._campaigns.campaigns(asked.account_id)]
        if not campaigns:
            return [f"The platform never told of a campaign of account {asked.account_id}.", *self._accounts()]
        return [f"There is no lead {asked.lead_id}. Campaigns of {asked.account_id}: {', '.join(campaigns)}."]

    def _connected(self) -> list[str]:
        return sorted({route.account_id for route in self._campaigns.every_route()})

    def _accounts(self) -> list[str]:
        return [f"Accounts that are connected to HubSpot: {', '.join(self._connected()) or 'none'}."]

    def _story(self, key: PersonKey, state: CampaignState) -> list[str]:
        campaign = state.campaign or Campaign(*key.campaign, state="never told of")
        known = KnownCampaign(campaign, state.leads, state.referrers, state.binding)
        story = self._stories.one(known, key.side, key.person_id)
        person = story.person
        settings = state.leads
        facts = [
            ("stands", f"{story.label} ({_codes(person)}, version {person.version})"),
            ("next step", story.next_step),
            ("waits since", _at(person.held_since)),
            ("in HubSpot", person.record_link),
            ("decided", _decision(person)),
            ("campaign", f"{campaign.state}, {_settings(settings.version, settings.action, settings.rule)}"),
            ("connection", _connection(state.binding)),
            *(("missing", f"{gap.message} {gap.next_step}") for gap in gaps(settings, state.binding)),
            *(("paused", told(pause)) for pause in _covering(self._pauses.pauses(), state)),
        ]
        return [
            f"Lead {key.person_id} of campaign {key.campaign_id} of account {key.account_id}",
            *(f"  {name:<12}{fact}" for name, fact in facts if fact),
            "  what happened",
            *(f"    {_at(line.at)}  {line.text}" for line in story.timeline),
        ]


def _codes(person: Person) -> str:
    return f"{person.state}: {person.reason}" if person.reason else str(person.state)


def _decision(person: Person) -> str:
    decision = person.decision
    if decision is None:
        return ""
    verdict = f", {decision.verdict}" if decision.verdict else ""
    return (
        f"{decision.action}, {decision.duplicates} duplicates, settings version {decision.settings_version}, "
        f"HubSpot account {decision.portal_id}{verdict}"
    )


def _settings(version: int, action: str | None, rule: Rule) -> str:
    if version == 0:
        return "settings never saved"
    qualifies = "no rule" if rule.kind is RuleKind.NONE else f"qualifies when {rule.property} becomes {rule.value}"
    return f"settings version {version}: {action or 'no action'}, {qualifies}"


def _connection(binding: Binding | None) -> str:
    if binding is None:
        return "none"
    lost = "lost, to be reconnected: " if binding.state is BindingState.LOST else ""
    return f"{lost}HubSpot account {binding.portal_id} since {_at(binding.connected_at)}"


def _covering(pauses: Iterable[Pause], state: CampaignState) -> Iterator[Pause]:
    one = state.binding or state.campaign
    portal_id = state.binding.portal_id if state.binding else None
    for pause in pauses:
        if one and Pauses(frozenset({pause.target})).cover(one.account_id, one.campaign_id, portal_id):
            yield pause


def _at(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z" if moment else ""
