import json
from typing import Any, cast

import pytest

from simulators.local.routes import ProcessedTemplate

PARAMETERS = {"Origins": "https://a.example, https://b.example", "Issuer": "https://id.example", "Target": ""}
TEMPLATE = {
    "Parameters": {
        "Origins": {"Type": "CommaDelimitedList"},
        "Issuer": {"Type": "String"},
        "Target": {"Type": "String"},
    },
    "Conditions": {
        "HasTarget": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Target"}, ""]}]},
        "HasBoth": {"Fn::And": [{"Condition": "HasTarget"}, {"Fn::Equals": ["1", "1"]}]},
        "HasEither": {"Fn::Or": [{"Condition": "HasTarget"}, {"Fn::Equals": ["1", "1"]}]},
    },
    "Resources": {
        "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": {"info": {"title": {"Ref": "Issuer"}}}}},
        "Queue": {"Type": "AWS::SQS::Queue"},
    },
}


class FakeCloudFormation:
    """Knows one stack, deployed from TEMPLATE."""

    def get_template(self, **_: str) -> dict[str, Any]:
        return {"TemplateBody": json.dumps(TEMPLATE)}

    def describe_stack_resources(self, **_: str) -> dict[str, Any]:
        return {"StackResources": [{"LogicalResourceId": "Api", "PhysicalResourceId": "a1b2"}]}

    def describe_stacks(self, **_: str) -> dict[str, Any]:
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in PARAMETERS.items()]
        return {"Stacks": [{"Parameters": given}]}


@pytest.fixture
def template() -> ProcessedTemplate:
    return ProcessedTemplate(cast(Any, FakeCloudFormation()), "one-stack")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ({"Ref": "Issuer"}, "https://id.example"),
        ({"Ref": "Origins"}, ["https://a.example", "https://b.example"]),
        ({"Ref": "AWS::StackName"}, "one-stack"),
        ({"Fn::Sub": "${Issuer}/${AWS::StackName}/${Unknown}"}, "https://id.example/one-stack/${Unknown}"),
        ({"Fn::Join": ["", {"Ref": "Origins"}]}, "https://a.examplehttps://b.example"),
        ({"Fn::Split": [",", "a,b"]}, ["a", "b"]),
        ({"Fn::Select": [1, {"Ref": "Origins"}]}, "https://b.example"),
        ({"Fn::If": ["HasTarget", "yes", "no"]}, "no"),
        ({"Fn::If": ["HasBoth", "yes", "no"]}, "no"),
        ({"Fn::If": ["HasEither", {"Ref": "Issuer"}, "no"]}, "https://id.example"),
        ([{"a": {"Ref": "Issuer"}}], [{"a": "https://id.example"}]),
    ],
)
def test_a_reference_comes_to_what_it_came_to_in_the_deployment(
    template: ProcessedTemplate, written: Any, value: Any
) -> None:
    assert template.resolved(written) == value


def test_the_function_of_an_integration_stays_a_logical_id(template: ProcessedTemplate) -> None:
    uri = {"uri": {"Fn::Sub": "functions/${Api}/invocations"}}

    assert template.resolved(uri) == uri


def test_only_http_apis_are_wired(template: ProcessedTemplate) -> None:
    assert list(template.http_apis()) == [("a1b2", {"info": {"title": "https://id.example"}})]


def test_other_routes_have_another_fingerprint(template: ProcessedTemplate) -> None:
    assert template.fingerprint({"paths": {"/a": {}}}) != template.fingerprint({"paths": {"/b": {}}})
    assert template.fingerprint({"paths": {"/a": {}}}) == template.fingerprint({"paths": {"/a": {}}})
