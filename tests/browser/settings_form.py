"""The form for leads or referrers, used as the guide tells its reader to."""

from dataclasses import dataclass

from playwright.sync_api import Frame, Locator, Page, expect

CREATE_CONTACT = "Create new Contact in HubSpot"
CREATE_DEALS = "Create new Deals in HubSpot"
DO_NOTHING = "Do nothing"
FROM = "From Referral platform"  # as the local stack calls the platform
TO = "To (HubSpot)"


@dataclass(frozen=True)
class Row:
    """One row of the mapping, by its three columns."""

    node: Locator

    @property
    def kind(self) -> Locator:
        return self.node.get_by_label("Data Type")

    @property
    def source(self) -> Locator:
        return self.node.get_by_label(FROM)

    @property
    def property(self) -> Locator:
        return self.node.get_by_label(TO)

    def is_dynamic(self, source: str, property_label: str) -> None:
        """Fail unless it sends this field to this property."""
        self._is("Dynamic Value", property_label)
        expect(self.source).to_have_value(source)

    def is_fixed(self, value: str, property_label: str) -> None:
        """Fail unless it sends this value, which is typed, to this property."""
        self._is("Fixed Value", property_label)
        expect(self.source).to_have_value(value)

    def is_required(self) -> None:
        """Fail unless its badge says so."""
        expect(self.node.get_by_text("required", exact=True)).to_be_visible()

    def _is(self, kind: str, property_label: str) -> None:
        expect(self.kind.locator("option:checked")).to_have_text(kind)
        expect(self.property).to_have_value(property_label)


@dataclass(frozen=True)
class SettingsForm:
    """Everything under one of the tabs."""

    console: Frame | Page

    @property
    def setup_required(self) -> Locator:
        """The orange banner."""
        return self.console.get_by_role("status").filter(has_text="Setup Required")

    def joins(self, side: str = "lead") -> Locator:
        """The first choice of all."""
        return self.console.get_by_label(f"When {side} joins campaign")

    def choose(self, action: str, side: str = "lead") -> None:
        """Choose what happens when somebody joins."""
        self.joins(side).select_option(label=action)

    def section(self, title: str = "Map your fields") -> Locator:
        """A part of the form, by its heading."""
        return self.console.get_by_role("region", name=title)

    def row(self, number: int, section: str = "Map your fields") -> Row:
        """A row by its number, from 1."""
        return Row(self.section(section).get_by_role("group", name=f"Row {number}:"))

    def add(self, number: int, section: str = "Map your fields") -> Row:
        """Add a row, which becomes this one."""
        self.section(section).get_by_role("button", name="+ Add More Fields").click()
        row = self.row(number, section)
        expect(row.kind).to_be_visible()
        return row

    def pick(self, control: Locator, label: str) -> None:
        """Choose from a list that is searched by typing."""
        control.fill(label)
        self.console.get_by_role("option", name=label, exact=False).first.click()
        expect(control).to_have_value(label)

    def save(self) -> None:
        """Save Changes, and wait until it is done."""
        self.press_save()
        expect(self.console.get_by_text("Saved.", exact=True)).to_be_visible()
        expect(self.save_bar).to_be_hidden()

    def press_save(self) -> None:
        """Click Save Changes, whatever comes of it."""
        self.save_bar.get_by_role("button", name="Save Changes").click()

    @property
    def save_bar(self) -> Locator:
        """The bar at the bottom that reminds of saving."""
        return self.console.get_by_role("region", name="Unsaved changes")
