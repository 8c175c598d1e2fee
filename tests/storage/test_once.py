"""Secrets that open something once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from referral_hubspot.domain.connection import Refusal, SecretRefusedError
from referral_hubspot.storage.once import OnceTable
from tests.tables import CAMPAIGNS, interrupted, local_tables

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CONTENT = {"account_id": "acme", "return_url": "https://platform.example.com/"}


@pytest.fixture
def once() -> Iterator[OnceTable]:
    with local_tables() as client:
        table = OnceTable(CAMPAIGNS, client)
        table.keep("STATE", "open sesame", CONTENT, browser="mine", expires_at=NOW + timedelta(minutes=10))
        yield table


def refusal(
    once: OnceTable, secret: str = "open sesame", browser: str = "mine", now: datetime = NOW
) -> SecretRefusedError:
    with pytest.raises(SecretRefusedError) as refused:
        once.take("STATE", secret, browser=browser, now=now)
    return refused.value


def test_a_secret_opens_what_it_was_kept_for(once: OnceTable) -> None:
    assert once.take("STATE", "open sesame", browser="mine", now=NOW) == CONTENT


def test_it_opens_once(once: OnceTable) -> None:
    once.take("STATE", "open sesame", browser="mine", now=NOW)

    refused = refusal(once)

    assert (refused.reason, refused.return_url) == (Refusal.USED, "https://platform.example.com/")


def test_of_two_who_read_it_at_once_only_one_uses_it(once: OnceTable) -> None:
    faster = OnceTable(CAMPAIGNS, once._client)
    slower = OnceTable(
        CAMPAIGNS,
        interrupted(once._client, lambda: faster.take("STATE", "open sesame", browser="mine", now=NOW)),
    )

    assert refusal(slower).reason is Refusal.USED


def test_it_opens_until_its_time_is_over(once: OnceTable) -> None:
    refused = refusal(once, now=NOW + timedelta(minutes=10))

    assert (refused.reason, refused.return_url) == (Refusal.EXPIRED, "https://platform.example.com/")
    assert once.take("STATE", "open sesame", browser="mine", now=NOW + timedelta(minutes=9, seconds=59))


def test_another_browser_neither_opens_it_nor_uses_it_up(once: OnceTable) -> None:
    refused = refusal(once, browser="theirs")

    assert (refused.reason, refused.return_url) == (Refusal.OTHER_BROWSER, "")
    assert once.take("STATE", "open sesame", browser="mine", now=NOW) == CONTENT


def test_a_guess_opens_nothing(once: OnceTable) -> None:
    assert refusal(once, secret="open barley").reason is Refusal.UNKNOWN


def test_a_secret_for_one_purpose_does_not_serve_another(once: OnceTable) -> None:
    with pytest.raises(SecretRefusedError):
        once.take("SWITCH", "open sesame", browser="mine", now=NOW)


def test_no_secret_stands_in_the_table(once: OnceTable) -> None:
    rows = str(once._client.scan(TableName=CAMPAIGNS)["Items"])

    assert "acme" in rows
    assert "open sesame" not in rows
    assert "mine" not in rows
