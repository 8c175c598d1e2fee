"""The campaigns that the demo plays, and how many people of each kind they get."""

from dataclasses import dataclass

MEMBERS, NEWCOMERS = 2_000, 25
"""Contacts of the list that is synced, and how many join it later."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How many events of each kind one campaign gets."""

    new: int
    known: int
    known_by_secondary: int
    repeated: int
    second_with_same_email: int = 0
    without_usable_email: int = 0
    unreadable: int = 0
    without_lead_id: int = 0

    @property
    def malformed(self) -> int:
        return self.unreadable + self.without_lead_id

    @property
    def leads(self) -> int:
        return self.new + self.known + self.known_by_secondary + self.second_with_same_email + self.without_usable_email

    @property
    def events(self) -> int:
        return self.leads + self.repeated + self.malformed


@dataclass(frozen=True, slots=True)
class Sales:
    """How many people of each kind the salesperson moves to the rule's value, and how many new ones elsewhere.

    Of the new ones at the rule's value HubSpot tells nobody of the first `unheard`, and the last `left_again` are
    moved on from it.
    """

    new: int
    known: int
    known_by_secondary: int
    new_to_another_value: int
    unheard: int
    left_again: int = 0


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """A campaign whose leads become contacts, or deals with a contact beside each.

    The one that makes deals is joined while HubSpot is away.
    """

    campaign_id: str
    name: str
    portal_id: int
    makes_deals: bool
    duplicates: str
    rule_property: str
    rule_value: str
    rule_in_words: str
    another_value: str
    shares: Shares
    sales: Sales


PLANS = (
    CampaignPlan(
        campaign_id="spring",
        name="Spring referrals",
        portal_id=1001001,
        makes_deals=False,
        duplicates="skip",
        rule_property="lifecyclestage",
        rule_value="customer",
        rule_in_words="Lifecycle Stage becomes Customer",
        another_value="opportunity",
        shares=Shares(410, 40, 5, 25, 1, 8, 6, 5),
        sales=Sales(30, 5, 1, 5, unheard=1),
    ),
    CampaignPlan(
        campaign_id="autumn",
        name="Autumn referrals",
        portal_id=1001002,
        makes_deals=False,
        duplicates="update",
        rule_property="hs_lead_status",
        rule_value="CONNECTED",
        rule_in_words="Lead Status becomes Connected",
        another_value="OPEN",
        shares=Shares(400, 50, 5, 25, 1, 8, 6, 5),
        sales=Sales(30, 10, 2, 5, unheard=1),
    ),
    CampaignPlan(
        campaign_id="winter",
        name="Winter referrals",
        portal_id=1001002,
        makes_deals=True,
        duplicates="update",
        rule_property="dealstage",
        rule_value="closedwon",
        rule_in_words="the deal enters Closed Won",
        another_value="contractsent",
        shares=Shares(194, 18, 2, 16),
        sales=Sales(20, 3, 1, 10, unheard=3, left_again=1),
    ),
)
