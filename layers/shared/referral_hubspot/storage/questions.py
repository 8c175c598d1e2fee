"""What is kept of the questions to a campaign's admin: one row each, listed while the sweep has work with it."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from referral_hubspot.domain.questions import Code, Remembered, Reply
from referral_hubspot.domain.settings import Side
from referral_hubspot.storage import dynamo, keys
from referral_hubspot.storage.campaign_rows import rule_row, to_rule
from referral_hubspot.storage.dynamo import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class QuestionTable:
    """Implements the port `QuestionStore`; every write is conditional on the version it was made from."""

    def __init__(self, table: str, client: "DynamoDBClient") -> None:
        self._table = table
        self._client = client

    def load(
        self, campaigns: Iterable[tuple[str, str]], codes: Collection[Code] = tuple(Code), *, side: Side = "lead"
    ) -> dict[tuple[tuple[str, str], Code], Remembered]:
        """What is kept of each question asked for, strongly consistent; of one never answered, a blank one."""
        wanted = {keys.question(*campaign, side, code): (campaign, code) for campaign in campaigns for code in codes}
        rows = dynamo.batch_get(self._client, self._table, wanted)
        return {
            (campaign, code): _remembered(Remembered(*campaign, code, side=side), rows.get(key))
            for key, (campaign, code) in wanted.items()
        }

    def due(self) -> list[tuple[str, str]]:
        """Every campaign with an answer that is still to be carried out; the index lags a little behind."""
        listed = dynamo.query(self._client, self._table, "listed", "listed_pk = :pk", {":pk": keys.due_answers()})
        return list(dict.fromkeys(keys.campaign_of(item["pk"]) for item in listed))

    def store(self, remembered: Remembered) -> bool:
        """Store the version after `remembered.version`; False when another one was stored meanwhile."""
        seen = remembered.version
        write = dynamo.put(
            self._table,
            _row(remembered),
            condition="#version = :seen" if seen else "attribute_not_exists(pk)",
            names={"#version": "version"} if seen else None,
            values={":seen": seen} if seen else None,
        )
        return not dynamo.transact(self._client, [write])


def _row(one: Remembered) -> dict[str, Any]:
    key = keys.question(*one.campaign, one.side, one.code)
    listed = {"listed_pk": keys.due_answers(), "listed_sk": f"{key.pk}#{key.sk}"} if one.due else {}
    return {
        **key.item(),
        **listed,
        "version": one.version + 1,
        "reply": one.reply,
        "answered_at": one.answered_at,
        "settings_version": one.settings_version,
        "due": one.due,
        "rule": rule_row(one.rule),
        "count": one.count,
        "counted_at": one.counted_at,
    }


def _remembered(blank: Remembered, row: Item | None) -> Remembered:
    if row is None:
        return blank
    return replace(
        blank,
        version=row["version"],
        reply=Reply(row["reply"]) if row["reply"] else None,
        answered_at=dynamo.moment(row["answered_at"]) if row["answered_at"] else None,
        settings_version=row["settings_version"],
        due=row["due"],
        rule=to_rule(row["rule"]),
        count=row["count"],
        counted_at=dynamo.moment(row["counted_at"]) if row["counted_at"] else None,
    )
