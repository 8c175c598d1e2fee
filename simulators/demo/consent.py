"""A browser's part in connecting: follow the redirects to HubSpot, fill in its form, come back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin

import requests

TIMEOUT_SECONDS = 30


class ConsentError(Exception):
    """The way through HubSpot's consent did not end where it should."""


@dataclass(slots=True)
class Form:
    """A form as a browser sees it: hidden fields are sent as they are, the others are chosen."""

    action: str = ""
    method: str = "get"
    hidden: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif not self.forms:
            return
        elif tag == "input" and given.get("type") == "hidden":
            self.forms[-1].hidden[given["name"]] = given.get("value", "")
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select:
            self._choice(self._select, given.get("value", ""))
        elif tag == "input" and given.get("type") == "radio":
            self._choice(given["name"], given.get("value", ""))
        elif (tag == "button" or given.get("type") == "submit") and given.get("name"):
            self.forms[-1].buttons.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""

    def _choice(self, name: str, value: str) -> None:
        self.forms[-1].choices.setdefault(name, []).append(value)


def read_forms(page: str) -> list[Form]:
    parser = _Forms()
    parser.feed(page)
    return parser.forms


def new_browser() -> requests.Session:
    """Keeps cookies as a browser does, which treats loopback as secure."""
    browser = requests.Session()
    browser.cookies.set_policy(DefaultCookiePolicy(secure_protocols=("https", "wss", "http")))
    return browser


def consent(connect_url: str, portal_id: int, *, without: Sequence[str] = ()) -> requests.Response:
    """Open the connect page, choose this HubSpot account, approve; returns the page it ends on.

    Args:
        without: Optional permissions that are not ticked there.

    Raises:
        ConsentError: no consent form was met, or it does not offer the account, or the end is not a page.
    """
    browser = new_browser()
    asked = browser.get(connect_url, timeout=TIMEOUT_SECONDS)
    form, choice = _form_with(asked, str(portal_id))
    answer = {**form.hidden, choice: str(portal_id), **dict(_approving(form)), "without": list(without)}
    address = urljoin(asked.url, form.action)
    if form.method == "post":
        end = browser.post(address, data=answer, timeout=TIMEOUT_SECONDS)
    else:
        end = browser.get(address, params=answer, timeout=TIMEOUT_SECONDS)
    if not end.ok:
        raise ConsentError(f"after approving, {end.url.partition('?')[0]} answered {end.status_code}")
    return end


def _form_with(page: requests.Response, value: str) -> tuple[Form, str]:
    address = page.url.partition("?")[0]
    if not page.ok:
        raise ConsentError(f"{address} answered {page.status_code} on the way to HubSpot's consent page")
    for form in read_forms(page.text):
        for name, values in form.choices.items():
            if value in values:
                return form, name
        for name, button in form.buttons:
            if button == value:
                return form, name
    raise ConsentError(f"{address} offers no HubSpot account {value}")


def _approving(form: Form) -> list[tuple[str, str]]:
    """The first named button that does not decline."""
    return [button for button in form.buttons if button[1].lower() not in ("decline", "deny", "cancel")][:1]
