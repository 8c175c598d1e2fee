"""A portal with a hundred thousand contacts beside one with a thousand: no call waits for their number.

Times are compared, not measured: each is the quickest of some calls, beside the same calls of the small portal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import requests

from simulators.hubspot import HubSpotSimulator
from tests.simulators.hubspot.driver import CONTACTS, EU, LIST_SCOPE, REDIRECT, US, Account, Driver, Json, row

COUNT, FEW = 100_000, 1_000
MORE = COUNT // FEW
TIMES = 5
ABOUT_THE_SAME = 10
"""What waits for the number of contacts takes a hundred times as long; what looks them up hardly longer.

A busy machine makes a little of that, never the hundred times that one loop too many makes.
"""


@dataclass(frozen=True)
class Crowd:
    """A portal with so many contacts, ids from `first` on, every tenth without an address, in two lists.

    `seconds` is how long it took to seed them.
    """

    account: Account
    first: int
    count: int
    seconds: float

    def ids(self, index: int) -> list[Json]:
        """A hundred contacts, others for each index."""
        start = self.first + index * (self.count // TIMES)
        return [{"id": str(start + number)} for number in range(100)]

    def quickest_ms(self, call: Callable[[Crowd, int], requests.Response]) -> float:
        """The shortest of some calls in the server: what else the machine does is none of its business."""
        for index in range(TIMES):
            answer = call(self, index)
            assert answer.status_code == 200, answer.text
        return float(min(entry["duration_ms"] for entry in self.account.driver.journal()[-TIMES:]))


def crowd(hubspot: Driver, portal: int, count: int) -> Crowd:
    started = time.perf_counter()
    properties = {"email": "p{n}@example.com", "firstname": "P{n}"}
    hubspot.control("seed", {"portal": portal, "count": count, "no_email_every": 10, "properties": properties})
    hubspot.make_list(name="Everybody", rule="all", portal=portal)
    hubspot.make_list(members="all", portal=portal)
    seconds = time.perf_counter() - started
    account = hubspot.connect(portal, optional_scope=LIST_SCOPE)
    return Crowd(account, int(account.get(limit=1).json()["results"][0]["id"]), count, seconds)


@pytest.fixture(scope="module")
def crowds() -> Iterator[tuple[Crowd, Crowd]]:
    """The large one and the small one."""
    with HubSpotSimulator() as simulator:
        hubspot = Driver(simulator)
        hubspot.control("app", {"redirect_urls": [REDIRECT]})
        hubspot.switch(rate_scale=0)
        small = crowd(hubspot, US, FEW)
        yield crowd(hubspot, EU, COUNT), small
        hubspot.session.close()


@pytest.fixture(name="large")
def _large(crowds: tuple[Crowd, Crowd]) -> Crowd:
    return crowds[0]


@pytest.fixture(name="small")
def _small(crowds: tuple[Crowd, Crowd]) -> Crowd:
    return crowds[1]


def longer(large: Crowd, small: Crowd, call: Callable[[Crowd, int], requests.Response]) -> float:
    """How many times as long a call of the large portal takes."""
    slow, quick = large.quickest_ms(call), small.quickest_ms(call)
    print(f"{slow:.2f} ms of {large.count:,} contacts, {quick:.2f} ms of {small.count:,}")
    return slow / quick


def test_each_has_an_address_of_its_own_but_those_that_are_to_have_none(large: Crowd) -> None:
    without = large.account.search("email", "NOT_HAS_PROPERTY").json()
    with_address = large.account.search("email", "HAS_PROPERTY").json()

    assert (without["total"], with_address["total"]) == (COUNT // 10, COUNT * 9 // 10)
    assert without["results"][0]["id"] == str(large.first + 9)


def test_seeding_a_contact_takes_no_longer_the_more_there_are(large: Crowd, small: Crowd) -> None:
    print(f"{large.seconds:.1f} s for {large.count:,} contacts in two lists")

    assert large.seconds / small.seconds < ABOUT_THE_SAME * MORE


def test_batches_are_as_quick_among_many_as_among_few(large: Crowd, small: Crowd) -> None:
    def update(among: Crowd, index: int) -> requests.Response:
        values = {"referral_link": f"https://r.example.com/{index}"}
        inputs = [one | {"objectWriteTraceId": one["id"], "properties": values} for one in among.ids(index)]
        return among.account.post("/batch/update", {"inputs": inputs})

    def read(among: Crowd, index: int) -> requests.Response:
        body = {"inputs": among.ids(index), "properties": ["email", "referral_link"], "propertiesWithHistory": []}
        return among.account.post("/batch/read", body)

    def upsert(among: Crowd, index: int) -> requests.Response:
        rows = [row(str(n), f"p{n * 10 + index + 1}@example.com", plan="pro") for n in range(100)]
        return among.account.upsert(*rows)

    assert max(longer(large, small, call) for call in (update, read, upsert)) < ABOUT_THE_SAME


def test_a_page_is_as_quick_among_many_wherever_it_is(large: Crowd, small: Crowd) -> None:
    def contacts(among: Crowd, index: int) -> requests.Response:
        return among.account.get(limit=100, after=among.ids(index)[0]["id"])

    def by_id(among: Crowd, _index: int) -> requests.Response:
        return among.account.members("1", limit=250, after=following[among.count, ""])

    def by_joining(among: Crowd, _index: int) -> requests.Response:
        return among.account.members("1", "/join-order", limit=250, after=following[among.count, "/join-order"])

    following = {
        (among.count, order): among.account.members("1", order, limit=250).json()["paging"]["next"]["after"]
        for among in (large, small)
        for order in ("", "/join-order")
    }

    assert max(longer(large, small, call) for call in (contacts, by_id, by_joining)) < ABOUT_THE_SAME


def test_joining_and_leaving_is_as_quick_among_many(large: Crowd, small: Crowd) -> None:
    def seconds(among: Crowd, portal: int) -> float:
        ids = [str(among.first + n) for n in range(500)]
        started = time.perf_counter()
        among.account.driver.change_list("2", remove=ids, portal=portal)
        among.account.driver.change_list("2", add=ids, portal=portal)
        return time.perf_counter() - started

    assert seconds(large, EU) / seconds(small, US) < ABOUT_THE_SAME
    assert large.account.member_ids("2", limit=1) == [str(large.first + 500)]


def test_a_search_through_all_of_them_takes_no_longer_than_looking_at_each(large: Crowd, small: Crowd) -> None:
    def rule(name: str, operator: str, value: str | None = None) -> Json:
        return {"propertyName": name, "operator": operator} | ({} if value is None else {"value": value})

    def body(among: Crowd) -> Json:
        filters = [
            rule("email", "HAS_PROPERTY"),
            rule("referral_code", "NOT_HAS_PROPERTY"),
            rule("lastmodifieddate", "GTE", "2020-01-01"),
            rule("hs_object_id", "GT", str(among.first + among.count // 100 - 1)),
        ]
        return {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": ["email"],
            "limit": 200,
            "after": "0",
        }

    def search(among: Crowd, _index: int) -> requests.Response:
        return among.account.call("POST", f"{CONTACTS}/search", body(among))

    answer = search(large, 0).json()

    assert answer["total"] == (COUNT - 1000) * 9 // 10
    first = large.first + 1000
    assert [int(result["id"]) for result in answer["results"][:10]] == [*range(first, first + 9), first + 10]
    assert longer(large, small, search) < ABOUT_THE_SAME * MORE
