"""The template and samconfig.toml as plain data, with CloudFormation's functions left unresolved."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]


class _Loader(yaml.SafeLoader):
    """Reads the short forms: `!Ref X` becomes {"Ref": "X"}, `!GetAtt A.B` becomes {"Fn::GetAtt": "A.B"}."""


def _function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    assert isinstance(node, yaml.ScalarNode)
    return {name: node.value}


_Loader.add_multi_constructor("!", _function)


@cache
def template() -> Mapping[str, Any]:
    """The template as it is written."""
    loaded: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), _Loader)
    return loaded


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """Logical id → properties of every resource of a type."""
    resources: Mapping[str, Any] = template()["Resources"]
    return {name: one.get("Properties", {}) for name, one in resources.items() if one["Type"] == kind}


@cache
def functions() -> Mapping[str, dict[str, Any]]:
    """Logical id → properties of every function, with what Globals gives to all of them."""
    everywhere = template()["Globals"]["Function"]
    return {name: {**everywhere, **own} for name, own in of_type("AWS::Serverless::Function").items()}


def events(kind: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Function, name and properties of every event of a type."""
    for function, properties in functions().items():
        for name, event in properties.get("Events", {}).items():
            if event["Type"] == kind:
                yield function, name, event["Properties"]


@dataclass(frozen=True, slots=True)
class Route:
    """An address of the API, as API Gateway names it, the function behind it, and an authorizer if it has its own."""

    key: str
    function: str
    authorizer: str = ""


def routes() -> Iterator[Route]:
    """Every route: those of functions' events, and those of the API's own definition."""
    for function, _, event in events("HttpApi"):
        assert logical_id(event["ApiId"]) == "Api"
        yield Route(f"{event['Method']} {event['Path']}", function, event.get("Auth", {}).get("Authorizer", ""))
    [api] = of_type("AWS::Serverless::HttpApi").values()
    for path, operations in api["DefinitionBody"]["paths"].items():
        for method, operation in operations.items():
            _, _, invoked = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"].partition("/functions/${")
            asked = [name for choice in operation.get("security", []) for name in choice]
            yield Route(f"{method.upper()} {path}", invoked.partition("Aliaslive}")[0], ",".join(asked))


def statements(function: str) -> list[dict[str, Any]]:
    """The policy statements of a function, with actions and resources as lists."""
    found: list[dict[str, Any]] = [
        statement for policy in functions()[function].get("Policies", []) for statement in policy["Statement"]
    ]
    return [{**one, "Action": listed(one["Action"]), "Resource": listed(one["Resource"])} for one in found]


def listed(value: Any) -> list[Any]:
    """One or several, always as a list."""
    return value if isinstance(value, list) else [value]


def logical_id(reference: Any) -> str:
    """The resource that a Ref, GetAtt or Sub leads to."""
    match reference:
        case {"Ref": str(name)} | {"Fn::GetAtt": str(name)}:
            return name.partition(".")[0]
        case {"Fn::Sub": str(text)}:
            return text.partition("${")[2].partition("}")[0].partition(".")[0]
    raise AssertionError(f"leads to no resource: {reference}")


@cache
def samconfig() -> Mapping[str, Any]:
    """samconfig.toml."""
    return tomllib.loads((ROOT / "samconfig.toml").read_text())


def parameter(name: str) -> str:
    """A parameter's default."""
    return str(template()["Parameters"][name]["Default"])
