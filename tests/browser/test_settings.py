"""The guide's Steps 2 to 6: what happens in HubSpot when somebody joins, chosen in the console."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Dialog, Frame, Page, Route, expect

from tests.browser.accessibility import no_violations
from tests.browser.looks import MARKUP, every_look, no_markup, nothing_sticks_out, typed_everywhere, words_of_people
from tests.browser.opening import in_a_frame, in_a_tab
from tests.browser.settings_form import CREATE_CONTACT, CREATE_DEALS, DO_NOTHING, SettingsForm
from tests.browser.watch import Watch
from tests.stack.connecting import Customers
from tests.stack.driver import CUSTOMER, DEALS, DEALS_WITH_CONTACTS, MAPPING, WON, Driver, new_address
from tests.stack.waiting import wait_until

REFERRERS = "/crm/hubspot/referrers"
TEXT = {"type": "string", "fieldType": "text", "groupName": "contactinformation"}
TWINS = {"club": "Club name", "club_of_friend": "Club name"}  # HubSpot lets two properties have one label
EMAIL = {"kind": "dynamic", "property": "email", "source": "email", "value": ""}
FIRST_NAME = {"kind": "dynamic", "property": "firstname", "source": "first_name", "value": ""}


def dynamic(source: str, property_name: str) -> dict[str, str]:
    return {"kind": "dynamic", "property": property_name, "source": source, "value": ""}


def fixed(value: str, property_name: str) -> dict[str, str]:
    return {"kind": "fixed", "property": property_name, "source": "", "value": value}


@pytest.fixture
def fresh(customers: Customers) -> Driver:
    """A connected campaign of which nothing is chosen."""
    campaign = customers.campaign()
    campaign.connect()
    return campaign


def opened(page: Page, campaign: Driver, to: str = "/crm/hubspot/leads", **visitor: str) -> SettingsForm:
    """The form, ready for use."""
    form = SettingsForm(in_a_tab(page, campaign, to, **visitor))
    expect(form.joins("referrer" if to == REFERRERS else "lead")).to_be_visible()
    return form


def saved(campaign: Driver, side: str = "leads") -> dict[str, Any]:
    """What the API has, of what the form chooses."""
    answer = campaign.api("GET", f"hubspot/{side}")
    return {name: answer[name] for name in ("action", "mapping", "duplicates", "with_contact", "contact_mapping")}


def test_the_guides_steps_2_to_5_for_contacts_are_possible_and_are_there_after_a_reload(
    page: Page, fresh: Driver
) -> None:
    form = opened(page, fresh)
    expect(form.setup_required).to_contain_text("Choose what happens when a lead joins.")

    form.choose(CREATE_CONTACT)
    for number, label in ((1, "Email"), (2, "First Name")):
        form.row(number).is_dynamic(label, label)
        form.row(number).is_required()
    row = form.add(3)
    form.pick(row.source, "Campaign Name")
    expect(row.property).to_have_value("Referral campaign")  # because it is called like it
    expect(row.node).to_contain_text("suggested for you")
    expect(row.property).to_have_accessible_description("text")
    row = form.add(4)
    row.kind.select_option(label="Fixed Value")
    form.pick(row.property, "Plan")
    expect(row.property).to_have_accessible_description("choice")
    row.source.select_option(label="Professional")
    form.console.get_by_role("radio", name="Update the Contact that already exists in HubSpot").check()
    expect(form.section("Duplicate contacts")).to_contain_text("under First Name, Referral campaign and Plan")
    form.console.get_by_role("radio", name="Contact property would change").check()
    form.pick(form.console.get_by_label("Contact property", exact=True), "Lifecycle Stage")
    expect(form.section("Qualification rules")).to_contain_text("usually within seconds")
    form.console.get_by_label("Changes to").select_option(label="Customer")
    expect(form.setup_required).to_contain_text("Click Save Changes to finish.")
    form.save()

    expect(form.setup_required).to_be_hidden()
    assert saved(fresh) == {
        "action": "create_contact",
        "mapping": [EMAIL, FIRST_NAME, dynamic("campaign_name", "referral_campaign"), fixed("pro", "plan")],
        "duplicates": "update",
        "with_contact": False,
        "contact_mapping": [],
    }
    assert fresh.api("GET", "hubspot/leads")["rule"] == CUSTOMER

    page.reload()
    form = opened(page, fresh)
    form.row(1).is_dynamic("Email", "Email")
    form.row(3).is_dynamic("Campaign Name", "Referral campaign")
    form.row(4).is_fixed("pro", "Plan")
    expect(form.console.get_by_role("radio", name="Update the Contact that already exists in HubSpot")).to_be_checked()
    expect(form.console.get_by_label("Contact property", exact=True)).to_have_value("Lifecycle Stage")
    expect(form.console.get_by_label("Changes to")).to_have_value("customer")
    expect(form.save_bar).to_be_hidden()


def test_the_guides_steps_for_deals_are_possible_with_a_contact_beside_each_deal(page: Page, fresh: Driver) -> None:
    form = opened(page, fresh)
    form.choose(CREATE_DEALS)
    for number, label in ((1, "Pipeline"), (2, "Deal Stage"), (3, "Deal Name")):
        form.row(number).is_required()
        expect(form.row(number).property).to_have_value(label)
    expect(form.setup_required).to_contain_text("Pipeline is required and not mapped.")
    expect(form.setup_required).to_contain_text("Deal Stage is required and not mapped.")
    form.row(3).is_dynamic("Email", "Deal Name")

    form.row(1).source.select_option(label="Sales Pipeline")
    stages = form.row(2).source
    expect(stages.locator("option:not([value=''])")).to_have_text(
        [
            "Appointment Scheduled",
            "Qualified To Buy",
            "Presentation Scheduled",
            "Decision Maker Bought-In",
            "Contract Sent",
            "Closed Won",
            "Closed Lost",
        ]
    )
    stages.select_option(label="Qualified To Buy")
    form.console.get_by_role("checkbox", name="Create contact associated with deal").check()
    contact = "Map Contact Fields"
    for number, label in ((1, "Email"), (2, "First Name")):
        form.row(number, contact).is_dynamic(label, label)
        form.row(number, contact).is_required()
    form.pick(form.add(4).source, "Referral Code")
    expect(form.console.get_by_role("radio", name="Contact property would change")).to_be_disabled()
    form.console.get_by_role("radio", name="Deal stage would change").check()
    form.console.get_by_label("Deal stage", exact=True).select_option(label="Closed Won")
    form.save()

    assert saved(fresh) == {
        "action": "create_deal",
        "mapping": [
            fixed("default", "pipeline"),
            fixed("qualifiedtobuy", "dealstage"),
            dynamic("email", "dealname"),
            dynamic("referral_code", "referral_code"),
        ],
        "duplicates": "skip",
        "with_contact": True,
        "contact_mapping": [EMAIL, FIRST_NAME],
    }
    assert fresh.api("GET", "hubspot/leads")["rule"] == WON
    page.reload()
    form = opened(page, fresh)
    expect(form.row(2).source).to_have_value("qualifiedtobuy")
    expect(form.console.get_by_label("Deal stage", exact=True)).to_have_value("closedwon")


def test_another_pipeline_offers_its_own_stages_and_keeps_none_of_the_former_ones(page: Page, fresh: Driver) -> None:
    fresh.hubspot.pipelines(
        add=[{"id": "partners", "label": "Partners", "stages": [{"id": "p1", "label": "Introduced"}]}]
    )
    form = opened(page, fresh)
    form.choose(CREATE_DEALS)
    form.section().get_by_role("button", name="Refresh").click()
    form.row(1).source.select_option(label="Sales Pipeline")
    form.row(2).source.select_option(label="Closed Won")

    form.row(1).source.select_option(label="Partners")

    expect(form.row(2).source).to_have_value("")
    expect(form.row(2).source.locator("option:not([value=''])")).to_have_text(["Introduced"])
    expect(form.setup_required).to_contain_text("Deal Stage is required and not mapped.")


def test_the_only_pipeline_is_chosen_already(page: Page, customers: Customers) -> None:
    campaign = customers.campaign()
    campaign.hubspot.pipelines(archive=["71204418"])
    campaign.connect()
    form = opened(page, campaign)

    form.choose(CREATE_DEALS)

    expect(form.row(1).source).to_have_value("default")
    expect(form.setup_required).to_contain_text("Deal Stage is required")
    expect(form.setup_required).not_to_contain_text("Pipeline is required")


def test_what_is_incomplete_is_saved_and_says_what_is_missing_and_how_many_wait(page: Page, fresh: Driver) -> None:
    fresh.wait(fresh.join(new_address()), "held")
    form = opened(page, fresh)
    expect(form.setup_required).to_contain_text("1 lead waits until this is done.")
    form.choose(CREATE_CONTACT)
    form.row(2).kind.select_option(label="Fixed Value")
    form.save()

    expect(form.setup_required).to_contain_text("First Name is required and not mapped.")
    expect(form.setup_required).not_to_contain_text("Email is required")
    form.row(2).kind.select_option(label="Dynamic Value")
    form.row(2).node.get_by_role("button", name="Use Referral platform's First Name").click()
    expect(form.row(2).source).to_be_focused()
    expect(form.setup_required).to_contain_text("Click Save Changes to finish.")
    form.save()

    expect(form.setup_required).to_be_hidden()


def test_step_6_maps_the_recommended_referral_link_with_one_click(page: Page, fresh: Driver) -> None:
    form = opened(page, fresh, REFERRERS)
    form.choose(CREATE_CONTACT, "referrer")
    expect(form.console.get_by_role("radio", name="Update the Contact that already exists in HubSpot")).to_be_checked()
    expect(form.console.get_by_text("Qualification rules")).to_have_count(0)

    form.console.get_by_role("button", name="Add the Referral Link row").click()

    form.row(3).is_dynamic("Referral Link", "Referral link")
    expect(form.row(3).source).to_be_focused()
    expect(form.console.get_by_text("Recommended: map Referral Link, too")).to_be_hidden()
    form.save()
    assert saved(fresh, "referrers")["mapping"] == [EMAIL, FIRST_NAME, dynamic("referral_link", "referral_link")]


def test_do_nothing_says_what_it_means_and_asks_for_nothing_else(page: Page, fresh: Driver) -> None:
    form = opened(page, fresh)
    form.choose(DO_NOTHING)

    expect(form.console.get_by_text("Your leads are not sent to HubSpot at all.")).to_be_visible()
    for title in ("Map your fields", "Duplicate contacts", "Qualification rules", "Preview"):
        expect(form.section(title)).to_be_hidden()
    form.save()
    assert saved(fresh)["action"] == "none"


def test_a_rule_that_does_not_fit_stays_in_sight_and_off_with_the_guides_workaround(
    page: Page, customers: Customers
) -> None:
    form = opened(page, customers.connected())
    deal_stage = form.console.get_by_role("radio", name="Deal stage would change")
    expect(deal_stage).to_be_disabled()
    expect(deal_stage).to_have_accessible_description(re.compile("let a workflow in HubSpot set a contact property"))

    form.choose(CREATE_DEALS)

    expect(deal_stage).to_be_enabled()
    property_ = form.console.get_by_role("radio", name="Contact property would change")
    expect(property_).to_be_disabled()
    expect(property_).to_have_accessible_description(re.compile("let a workflow in HubSpot move the deal"))
    expect(form.section("Qualification rules")).to_contain_text("Choose how deals qualify.")
    form.choose(CREATE_CONTACT)
    expect(property_).to_be_checked()
    expect(form.console.get_by_label("Changes to")).to_have_value("customer")


def test_only_properties_that_can_be_written_and_fit_the_field_are_offered(page: Page, fresh: Driver) -> None:
    form = opened(page, fresh)
    form.choose(CREATE_CONTACT)
    row = form.add(3)
    form.pick(row.source, "Referrals Count")
    row.property.click()
    offered = form.console.get_by_role("option")
    expect(offered.filter(has_text="Seats")).to_contain_text("number")
    expect(offered.filter(has_text="Job Title")).to_contain_text("text")
    for label in ("Record ID", "Newsletter", "Trial start"):
        expect(offered.filter(has_text=label)).to_have_count(0)
    expect(offered.filter(has_text="First Name")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Escape")

    row = form.add(4)
    row.source.click()
    for group in ("Basic Fields", "Campaign Fields", "Referrer Fields", "Custom Fields"):
        expect(form.console.get_by_role("group", name=group)).to_be_visible()


def test_a_property_that_was_made_in_hubspot_meanwhile_is_there_after_refresh(page: Page, fresh: Driver) -> None:
    form = opened(page, fresh)
    form.choose(CREATE_CONTACT)
    row = form.add(3)
    fresh.hubspot.properties(
        create=[TEXT | {"name": name, "label": label} for name, label in {**TWINS, "shoe_size": "Shoe size"}.items()]
    )
    row.property.fill("Shoe")
    expect(form.console.get_by_text("Nothing has this name.")).to_be_visible()

    form.section().get_by_role("button", name="Refresh").click()

    expect(form.section()).to_contain_text("HubSpot's properties are up to date.")
    row.property.fill("Club")
    twins = form.console.get_by_role("option").filter(has_text="Club name")
    expect(twins).to_have_text([f"Club name{name} · text" for name in TWINS])
    form.pick(row.property, "Shoe size")


def test_a_refused_save_says_so_at_the_row_and_moves_the_focus_there(page: Page, watch: Watch, fresh: Driver) -> None:
    form = opened(page, fresh)
    form.choose(CREATE_CONTACT)
    row = form.add(3)
    row.kind.select_option(label="Fixed Value")
    form.pick(row.property, "Seats")
    row.source.fill("many")
    with watch.expected("a status of 422"):
        form.press_save()
        expect(form.save_bar).to_contain_text("Nothing was saved.")

    words_of_people(form.console)
    expect(row.source).to_be_focused()
    expect(row.source).to_have_attribute("aria-invalid", "true")
    expect(row.source).to_have_accessible_description(re.compile("Type a value that fits Seats"))
    row.source.fill("12")
    expect(row.node).not_to_contain_text("Type a value that fits")
    form.save()
    assert saved(fresh)["mapping"][2] == fixed("12", "seats")


def test_a_rule_that_its_own_rows_would_fulfil_is_refused_at_the_rule_or_the_row(
    page: Page, watch: Watch, customers: Customers
) -> None:
    form = opened(page, customers.connected())
    row = form.add(5)
    row.kind.select_option(label="Fixed Value")
    form.pick(row.property, "Lifecycle Stage")
    row.source.select_option(label="Customer")

    with watch.expected("a status of 422"):
        form.press_save()
        expect(form.console.get_by_text("Leads would qualify the moment they are sent").first).to_be_visible()

    expect(form.console.locator("[aria-invalid]:focus")).to_have_count(1)


def test_what_hubspot_refused_stands_at_its_row_with_a_way_to_the_lead(page: Page, customers: Customers) -> None:
    campaign = customers.connected(mapping=[*MAPPING, {"kind": "dynamic", "source": "fields.city", "property": "plan"}])
    lead = campaign.join(new_address(), fields={"city": "Rome"})
    campaign.wait(lead, "sent")

    form = opened(page, campaign)

    expect(form.row(5).node).to_contain_text("The value is none of the property's options.")
    expect(form.row(5).node.get_by_role("link", name="See this lead")).to_have_attribute("href", f"#/leads/{lead}")


def test_what_is_gone_from_hubspot_stands_in_the_banner_and_at_its_row(page: Page, customers: Customers) -> None:
    campaign = customers.connected(**DEALS)
    campaign.hubspot.pipelines(archive_stages=["appointmentscheduled"])
    campaign.wait(campaign.join(new_address()), "held")

    form = opened(page, campaign)

    gone = "no longer has the choice"
    expect(form.setup_required).to_contain_text(gone)
    expect(form.setup_required).to_contain_text("1 lead waits until this is done.")
    expect(form.row(2).node).to_contain_text(gone)
    form.section().get_by_role("button", name="Refresh").click()
    form.row(2).source.select_option(label="Qualified To Buy")
    expect(form.row(2).node).not_to_contain_text(gone)
    form.save()
    expect(form.setup_required).to_be_hidden()


def test_a_rule_that_goes_on_for_those_who_were_sent_before_is_told(page: Page, customers: Customers) -> None:
    form = opened(page, customers.connected())
    form.choose(CREATE_DEALS)
    form.row(1).source.select_option(label="Sales Pipeline")
    form.row(2).source.select_option(label="Qualified To Buy")
    form.console.get_by_role("radio", name="Deal stage would change").check()
    form.console.get_by_label("Deal stage", exact=True).select_option(label="Closed Won")
    form.save()

    told = "Leads sent as contacts still qualify when Lifecycle Stage changes to Customer."
    expect(form.section("Qualification rules")).to_contain_text(told)


def test_settings_are_shown_while_hubspot_is_not_connected(page: Page, customers: Customers) -> None:
    campaign = customers.connected()
    campaign.api("DELETE", "hubspot")

    form = opened(page, campaign)

    expect(form.setup_required).to_contain_text("HubSpot is not connected.")
    expect(form.section()).to_contain_text("Connect it to choose from its properties.")
    expect(form.row(4).source).to_have_value("Referrer First Name")


def test_what_somebody_else_saved_meanwhile_is_told_and_one_of_the_two_is_kept(
    page: Page, watch: Watch, customers: Customers
) -> None:
    campaign = customers.connected()
    form = opened(page, campaign, name="Ben")
    form.console.get_by_role("radio", name="Update the Contact that already exists in HubSpot").check()
    campaign.save(mapping=MAPPING[:3])
    with watch.expected("a status of 409"):
        form.press_save()
        dialog = form.console.get_by_role("dialog", name=re.compile(r"^Vera Admin saved this page (just now|.* ago)$"))
        expect(dialog).to_be_visible()
        words_of_people(form.console)
        no_violations(form.console, "asked whose changes stand")
        dialog.get_by_role("button", name="Load theirs").click()
    expect(form.console.get_by_role("group", name="Row 4:")).to_have_count(0)
    expect(form.save_bar).to_be_hidden()

    form.console.get_by_role("radio", name="Update the Contact that already exists in HubSpot").check()
    campaign.save()
    with watch.expected("a status of 409"):
        form.press_save()
        form.console.get_by_role("dialog").get_by_role("button", name="Keep mine").click()
        expect(form.console.get_by_text("Saved.", exact=True)).to_be_visible()

    assert saved(campaign)["duplicates"] == "update"
    assert len(saved(campaign)["mapping"]) == 3
    assert campaign.api("GET", "hubspot/leads")["saved_by"] == "Ben"


def test_discard_goes_back_to_what_is_saved_after_asking(page: Page, customers: Customers) -> None:
    form = opened(page, customers.connected())
    form.row(4).node.get_by_role("button", name="Remove").click()
    expect(form.row(3).source).to_be_focused()
    discard = form.save_bar.get_by_role("button", name="Discard")
    discard.click()
    no_violations(form.console, "discarding")
    form.console.get_by_role("dialog").get_by_role("button", name="Keep editing").click()
    expect(form.console.get_by_role("group", name="Row 4:")).to_have_count(0)

    discard.click()
    form.console.get_by_role("dialog").get_by_role("button", name="Discard").click()

    form.row(4).is_dynamic("Referrer First Name", "Referred by")
    expect(form.save_bar).to_be_hidden()


def test_leaving_with_unsaved_changes_asks_first(page: Page, customers: Customers) -> None:
    form = opened(page, customers.connected())
    with_another_row(form)
    form.console.get_by_role("navigation", name="HubSpot settings").get_by_role("link", name="Referrers").click()
    dialog = form.console.get_by_role("dialog", name="Leave without saving?")
    expect(dialog).to_be_visible()
    no_violations(form.console, "leaving")
    dialog.get_by_role("button", name="Stay here").click()
    stands(form)

    form.console.get_by_role("navigation", name="HubSpot settings").get_by_role("link", name="Referrers").click()
    dialog.get_by_role("button", name="Leave without saving").click()

    expect(form.joins("referrer")).to_be_visible()


def with_another_row(form: SettingsForm) -> None:
    """Add a fifth row to what `Customers.connected` saved."""
    form.pick(form.add(5).source, "Referral Link")
    stands(form)


def stands(form: SettingsForm) -> None:
    """Fail unless that row is as it was left."""
    form.row(5).is_dynamic("Referral Link", "Referral link")


def test_a_reload_with_unsaved_changes_is_asked_about_and_after_saving_it_is_not(
    page: Page, customers: Customers
) -> None:
    form = opened(page, customers.connected())
    with_another_row(form)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.evaluate("setTimeout(() => location.reload())")
    wait_until("the browser's question", lambda: page.evaluate("true") and asked)

    assert asked == ["beforeunload"]
    stands(form)
    form.save()
    page.reload()
    expect(page.get_by_text("You are not signed in here.")).to_be_visible()
    assert asked == ["beforeunload"]


def test_what_was_typed_is_saved_with_a_new_token_that_the_opener_gave_meanwhile(
    page: Page, watch: Watch, customers: Customers
) -> None:
    campaign = customers.connected()
    asked: list[str] = []
    watch.context.on("request", lambda request: asked.append(request.url))
    form = SettingsForm(in_a_frame(page, campaign, expires_in=61))
    with_another_row(form)
    page.wait_for_timeout(1_500)  # less than a minute is left now
    before = len(tokens(asked))

    form.save()

    assert len(tokens(asked)) > before
    stands(form)
    assert saved(campaign)["mapping"][4] == dynamic("referral_link", "referral_link")


def tokens(asked: list[str]) -> list[str]:
    """Of the addresses that were asked, those where the platform gives a token."""
    return [url for url in asked if url.endswith("/_sim/token")]


def test_a_token_that_has_ended_is_replaced_before_anything_typed_is_lost(
    page: Page, watch: Watch, customers: Customers
) -> None:
    campaign = customers.connected()
    form = SettingsForm(in_a_frame(page, campaign))
    with_another_row(form)

    with ended_token(watch, campaign, times=1), watch.expected("a status of 401"):
        form.save()

    stands(form)
    assert saved(campaign)["mapping"][4] == dynamic("referral_link", "referral_link")


def test_where_nobody_gives_a_new_token_it_says_so_and_what_was_typed_stays(
    page: Page, watch: Watch, customers: Customers
) -> None:
    campaign = customers.connected()
    form = opened(page, campaign)
    with_another_row(form)

    with ended_token(watch, campaign), watch.expected("a status of 401"):
        form.press_save()
        expect(form.save_bar.get_by_role("alert")).to_contain_text("You are no longer signed in.")

    words_of_people(form.console)
    stands(form)
    assert len(saved(campaign)["mapping"]) == 4
    form.save()
    assert len(saved(campaign)["mapping"]) == 5


@contextmanager
def ended_token(watch: Watch, campaign: Driver, times: int | None = None) -> Iterator[None]:
    """Meanwhile saves, or only the first of them, go to the API with a token that has ended."""
    ended = {"authorization": f"Bearer {campaign.token(expires_in=-3600)}"}
    kept = re.compile(r"/hubspot/leads$")

    def send(route: Route) -> None:
        changed = ended if route.request.method == "PUT" else {}
        route.continue_(headers={**route.request.headers, **changed})

    watch.context.route(kept, send, times=times)
    yield
    watch.context.unroute(kept)


def test_nothing_that_was_typed_is_lost_while_the_settings_cannot_be_reached(
    page: Page, watch: Watch, customers: Customers
) -> None:
    campaign = customers.connected()
    form = opened(page, campaign)
    form.console.get_by_role("radio", name="Update the Contact that already exists in HubSpot").check()
    watch.context.set_offline(True)
    with watch.expected("v1/campaigns"):
        form.press_save()
        expect(form.save_bar).to_contain_text("The settings could not be reached.")
        words_of_people(form.console)
    watch.context.set_offline(False)
    asked = answer_busy(watch, 5)
    with watch.expected("a status of 503"):
        form.press_save()
        expect(form.save_bar).to_contain_text("Somebody else is changing the same at this moment.")
        words_of_people(form.console)
        assert asked == ["PUT"] * 4
        form.save()

    assert saved(campaign)["duplicates"] == "update"


def answer_busy(watch: Watch, times: int) -> list[str]:
    """Let so many saves meet others who save the same; whatever was asked so far."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        if route.request.method != "PUT" or len(asked) == times:
            return route.continue_()
        asked.append(route.request.method)
        told = {"code": "busy", "detail": "Others were changing the same.", "next_step": "Try again."}
        return route.fulfill(status=503, json=told)

    watch.context.route(re.compile(r"/hubspot/leads$"), answer)
    return asked


def test_settings_are_copied_from_another_campaign_into_the_form_only(page: Page, customers: Customers) -> None:
    first, second = customers.two_campaigns()
    first.connect()
    first.save(**DEALS_WITH_CONTACTS)
    second.connect()
    page.goto(f"{second.stack.console_url}?campaign={second.campaign}#token={second.token()}&to=/crm/hubspot/leads")
    form = SettingsForm(page)
    form.console.get_by_role("button", name="Copy settings from …").click()
    dialog = form.console.get_by_role("dialog")
    dialog.get_by_label("Campaign").select_option(value=first.campaign)
    no_violations(form.console, "copying")
    dialog.get_by_role("button", name="Copy settings").click()

    expect(form.console.get_by_text("Nothing is saved yet.")).to_be_visible()
    expect(form.row(2).source).to_have_value("appointmentscheduled")
    expect(form.console.get_by_label("Deal stage", exact=True)).to_have_value("closedwon")
    assert saved(second)["action"] is None
    form.save()
    assert saved(second) == saved(first)


def test_a_preview_shows_what_an_existing_contact_would_become_and_writes_nothing(
    page: Page, customers: Customers
) -> None:
    campaign = customers.connected(duplicates="update")
    address = new_address()
    campaign.hubspot.seed(address, firstname="Adele", jobtitle="Boss")
    campaign.wait(campaign.join(address), "sent")
    campaign.wait(campaign.join(new_address()), "sent")
    form = opened(page, campaign)
    row = form.add(5)
    row.kind.select_option(label="Fixed Value")
    form.pick(row.property, "Job Title")
    row.source.fill("Friend")

    preview = form.section("Preview")
    expect(preview.get_by_label("Try it on")).to_have_value("Your newest lead")
    form.pick(preview.get_by_label("Try it on"), f"Ada ({address})")
    preview.get_by_role("button", name="Preview").click()

    line = preview.get_by_role("row").filter(has_text="Job Title")
    expect(line.get_by_role("cell")).to_have_text(["Job Title", "Boss", "Friend"])
    expect(preview.get_by_text("If it were sent, HubSpot would get this:")).to_be_hidden()
    assert campaign.hubspot.contact(address)["properties"]["jobtitle"] == "Boss"
    row.source.fill("Friend of ours")
    expect(preview).to_contain_text("The form has changed since.")
    form.console.get_by_role("radio", name="Do nothing, do not update").check()
    preview.get_by_role("button", name="Preview").click()
    expect(preview).to_contain_text("nothing would be changed there")
    expect(preview.get_by_text("If it were sent, HubSpot would get this:")).to_be_visible()
    form.pick(preview.get_by_label("Try it on"), "A made-up lead")
    preview.get_by_role("button", name="Preview").click()
    expect(preview.get_by_role("strong").filter(has_text="A made-up lead")).to_be_visible()
    expect(line.get_by_role("cell")).to_have_text(["Job Title", "Friend of ours"])


def test_a_preview_tells_each_problem_of_a_form_that_could_not_be_saved(page: Page, fresh: Driver) -> None:
    form = opened(page, fresh)
    form.choose(CREATE_CONTACT)
    row = form.add(3)
    row.kind.select_option(label="Fixed Value")
    form.pick(row.property, "Seats")
    row.source.fill("many")

    form.console.get_by_role("button", name="Preview").click()

    preview = form.section("Preview")
    expect(preview.get_by_label("Try it on")).to_be_hidden()  # nobody has joined
    expect(preview).to_contain_text("A made-up lead")
    expect(preview.get_by_role("row").filter(has_text="Seats")).to_contain_text("The value is not a number")


def test_markup_in_names_and_in_every_field_is_shown_as_text(page: Page, watch: Watch, customers: Customers) -> None:
    first, second = customers.two_campaigns()
    for campaign in (first, second):
        asked = {"key": "city", "label": MARKUP, "type": "text"}
        campaign.register(name=MARKUP, custom_fields=[asked])
        campaign.connect()
    choice = {"value": "bad", "label": MARKUP}
    second.hubspot.properties(create=[TEXT | {"name": "bad", "label": MARKUP}], add_options={"plan": [choice]})
    first.save()
    page.goto(
        f"{second.stack.console_url}?campaign={second.campaign}#token={second.token(name=MARKUP)}&to=/crm/hubspot/leads"
    )
    form = SettingsForm(page)
    form.choose(CREATE_CONTACT)
    form.section().get_by_role("button", name="Refresh").click()
    expect(form.section()).to_contain_text("up to date")
    row = form.add(3)
    row.source.fill(MARKUP)
    form.console.get_by_role("option", name=MARKUP).click()
    form.pick(row.property, MARKUP)
    row.is_dynamic(MARKUP, MARKUP)
    for number, label in ((4, "Job Title"), (5, "Message")):
        row = form.add(number)
        row.kind.select_option(label="Fixed Value")
        form.pick(row.property, label)
        row.source.fill(MARKUP)
    row = form.add(6)
    row.kind.select_option(label="Fixed Value")
    form.pick(row.property, "Plan")
    row.source.select_option(label=MARKUP)
    form.console.get_by_role("radio", name="Update the Contact that already exists in HubSpot").check()
    form.console.get_by_role("radio", name="Contact property would change").check()
    form.pick(form.console.get_by_label("Contact property", exact=True), "City")
    form.console.get_by_label("Changes to").fill(MARKUP)
    form.console.get_by_role("button", name="Preview").click()
    expect(form.section("Preview").get_by_role("table")).to_contain_text(MARKUP)
    form.save()
    second.save(mapping=MAPPING)
    form.console.get_by_role("radio", name="Do nothing").check()
    with watch.expected("a status of 409"):
        form.press_save()
        form.console.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    form.console.get_by_role("button", name="Copy settings from …").click()
    expect(form.console.get_by_role("dialog").get_by_role("option", name=MARKUP)).to_have_count(1)

    no_markup(form.console)


@pytest.mark.parametrize(
    ("to", "settings", "section", "rows", "at_least"),
    [
        ("/crm/hubspot/leads", DEALS_WITH_CONTACTS, "Map Contact Fields", 4, 13),
        (REFERRERS, {}, "Map your fields", 2, 6),
    ],
    ids=["deals with contacts", "referrers"],
)
def test_markup_typed_into_every_field_is_saved_and_shown_as_text(
    page: Page, customers: Customers, to: str, settings: dict[str, Any], section: str, rows: int, at_least: int
) -> None:
    campaign = customers.connected(**settings)
    form = opened(page, campaign, to)
    if to == REFERRERS:
        form.choose(CREATE_CONTACT, "referrer")
    else:
        form.row(3).kind.select_option(label="Fixed Value")
    form.row(2, section).kind.select_option(label="Fixed Value")
    for number, label in enumerate(("Job Title", "Message"), start=rows + 1):
        row = form.add(number, section)
        row.kind.select_option(label="Fixed Value")
        form.pick(row.property, label)

    assert typed_everywhere(form.console, MARKUP) >= at_least

    form.console.get_by_role("button", name="Preview").click()
    expect(form.section("Preview").get_by_role("table")).to_contain_text(MARKUP)
    no_markup(form.console)
    form.save()
    page.reload()
    form = opened(page, campaign, to)
    form.row(rows + 1, section).is_fixed(MARKUP, "Job Title")
    form.row(rows + 2, section).is_fixed(MARKUP, "Message")
    no_markup(form.console)


def test_a_viewer_sees_everything_and_can_change_nothing(page: Page, customers: Customers) -> None:
    campaign = customers.connected(**DEALS_WITH_CONTACTS)
    form = opened(page, campaign, role="viewer")
    expect(form.console.get_by_text("You can look, but not change anything.")).to_be_visible()
    expect(form.row(2, "Map Contact Fields").property).to_have_value("First Name")
    form.row(3).is_dynamic("First Name", "Deal Name")

    writing = form.console.locator("select:enabled, input:enabled:not([readonly]), textarea:enabled")
    expect(writing).to_have_count(1)  # for whom to preview
    for name in ("Save Changes", "Discard", "Remove", "+ Add More Fields", "Copy settings from …"):
        expect(form.console.get_by_role("button", name=name)).to_have_count(0)
    form.console.get_by_role("button", name="Preview").click()  # nothing is written
    expect(form.section("Preview").get_by_role("table")).to_be_visible()


def test_rows_are_filled_added_and_removed_by_keyboard(page: Page, fresh: Driver) -> None:
    form = opened(page, fresh)
    form.joins().focus()
    form.choose(CREATE_CONTACT)
    more = form.section().get_by_role("button", name="+ Add More Fields")
    more.focus()
    page.keyboard.press("Enter")
    row = form.row(3)
    expect(row.source).to_be_focused()
    page.keyboard.type("referral li")
    page.keyboard.press("Enter")
    expect(row.node).to_have_attribute("aria-label", "Row 3: Referral Link → Referral link")
    expect(row.source).to_be_focused()
    page.keyboard.press("Tab")
    expect(row.property).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(form.row(2).source).to_be_focused()
    expect(form.section().get_by_role("group")).to_have_count(2)


@pytest.mark.parametrize("settings", [{}, DEALS_WITH_CONTACTS], ids=["contacts", "deals"])
def test_the_form_can_be_used_by_everyone_on_every_screen(
    page: Page, customers: Customers, settings: dict[str, Any]
) -> None:
    form = opened(page, customers.connected(**settings))
    form.add(5)
    titles = "[...document.querySelectorAll('.card')].map((one) => one.querySelector('h2, h3'))"
    assert len(set(form.console.evaluate(f"{titles}.map((one) => getComputedStyle(one).fontSize)"))) == 1
    looks_well(form)


def test_the_form_of_referrers_can_be_used_by_everyone_also_while_it_lacks_something(page: Page, fresh: Driver) -> None:
    form = opened(page, fresh, REFERRERS)
    form.choose(CREATE_CONTACT, "referrer")
    form.row(2).kind.select_option(label="Fixed Value")
    expect(form.setup_required).to_contain_text("First Name is required and not mapped.")
    looks_well(form)


def looks_well(form: SettingsForm) -> None:
    """Fail unless everyone can use the form, in every look."""
    page = form.console.page if isinstance(form.console, Frame) else form.console
    for look in every_look(page):
        no_violations(form.console, look)
        nothing_sticks_out(form.console, look)
