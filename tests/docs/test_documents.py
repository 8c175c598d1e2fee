"""The API documents say what the code does, and are what they claim to be."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from docs.event_api import asyncapi
from docs.generate import main
from docs.http_api import PROBLEM_CODES, openapi
from functions.settings_api.routes import ROUTES
from tests.functions.settings_api.world import FORM

ROOT = Path(__file__).parents[2]


def test_the_documents_are_up_to_date() -> None:
    assert main(["--check"]) == 0, "run make docs"


def test_a_document_that_drifted_is_found_and_written_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "openapi.json").write_text("{}\n")

    assert main(["--check"], tmp_path) == 1
    assert "docs/openapi.json: out of date" in capsys.readouterr().out
    assert (main([], tmp_path), main(["--check"], tmp_path)) == (0, 0)
    assert json.loads((tmp_path / "asyncapi.json").read_text()) == asyncapi()


def test_the_http_api_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(openapi()).validate()


def test_every_operation_names_its_answer_its_failures_and_its_security() -> None:
    document = openapi()
    operations = [operation for path in document["paths"].values() for operation in path.values()]

    assert len({operation["operationId"] for operation in operations}) == len(ROUTES)
    assert all({"401", "403"} < operation["responses"].keys() for operation in operations)
    of_campaigns = [path for name, path in document["paths"].items() if "{campaign_id}" in name]
    assert all("404" in operation["responses"] for path in of_campaigns for operation in path.values())
    assert document["security"] == [{"token": []}]


def test_every_problem_code_is_documented_under_its_status() -> None:
    sources = [path.read_text() for path in (ROOT / "functions/settings_api").glob("*.py")]
    raised = {found for source in sources for found in re.findall(r'problem\((\d{3}), "(\w+)"', source)}
    syncs = (ROOT / "layers/shared/referral_hubspot/usecases/manage_syncs.py").read_text()
    raised |= {("409", code) for code in re.findall(r'SyncRefusedError\(\s*"(\w+)"', syncs)}

    assert raised == {(str(status), code) for status, codes in PROBLEM_CODES.items() for code in codes}


@pytest.mark.parametrize(
    ("change", "fits"),
    [({}, True), ({"action": None}, True), ({"version": "1"}, False), ({"action": "nonsense"}, False)],
)
def test_the_schema_takes_what_the_api_takes(change: dict[str, Any], fits: bool) -> None:
    document = openapi()
    schema = {"$ref": "#/components/schemas/LeadSettingsRequest", "components": document["components"]}

    assert Draft202012Validator(schema).is_valid(FORM | change) is fits


def test_every_event_has_a_message_under_its_type() -> None:
    document = asyncapi()

    types = {message["name"] for message in document["components"]["messages"].values()}

    assert types == {
        *("lead.joined.v1", "lead.closed.v1", "campaign.updated.v1", "person.erased.v1"),
        *("referrer.joined.v1", "referrer.updated.v1", "referrer.enrolment_declined.v1"),
        *("lead.changed.v1", "referral.qualified.v1", "referral.condition_lost.v1"),
        *("connection.established.v1", "connection.lost.v1", "connection.removed.v1"),
        *("campaign.attention.v1", "campaign.attention_over.v1"),
        *("referrers.enrolment_requested.v1", "sync.finished.v1"),
    }


def test_every_reference_leads_somewhere() -> None:
    for document in (openapi(), asyncapi()):
        for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document)):
            place = document
            for part in reference.split("/"):
                place = place[part]


@pytest.mark.parametrize("sample", ["lead_joined", "referrer_joined"])
def test_a_sample_event_fits_its_schema(sample: str) -> None:
    document = asyncapi()
    records = json.loads((ROOT / f"events/{sample}.json").read_text())["Records"]

    for record in records:
        event = json.loads(record["body"])
        name = next(n for n, m in document["components"]["messages"].items() if m["name"] == event["type"])
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        Draft202012Validator(schema).validate(event)
