"""Gives each HTTP API of a deployed stack the routes and authorizers that the template declares.

SAM writes them into the OpenAPI body of the API, which CloudFormation imports on AWS and the emulator ignores.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_apigatewayv2.type_defs import CorsTypeDef
    from mypy_boto3_cloudformation import CloudFormationClient

INVOKED_FUNCTION = re.compile(r"functions/\$\{(\w+)")


class ProcessedTemplate:
    """The template after SAM's transform, with what its references came to."""

    def __init__(self, cloudformation: "CloudFormationClient", stack_name: str) -> None:
        body: Any = cloudformation.get_template(StackName=stack_name, TemplateStage="Processed")["TemplateBody"]
        template = json.loads(body) if isinstance(body, str) else body
        self._resources: dict[str, Any] = template["Resources"]
        described = cloudformation.describe_stack_resources(StackName=stack_name)["StackResources"]
        stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
        self.physical_ids = {row["LogicalResourceId"]: row.get("PhysicalResourceId", "") for row in described}
        self._conditions: dict[str, Any] = template.get("Conditions", {})
        self._values: dict[str, Any] = {"AWS::StackName": stack_name, **self.physical_ids}
        for parameter in stack.get("Parameters", []):
            value, key = parameter.get("ParameterValue", ""), parameter["ParameterKey"]
            is_list = "List" in template.get("Parameters", {}).get(key, {}).get("Type", "")
            self._values[key] = [item.strip() for item in value.split(",")] if is_list else value

    def http_apis(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each HTTP API's id and its OpenAPI body, references resolved."""
        for logical_id, resource in self._resources.items():
            if resource["Type"] == "AWS::ApiGatewayV2::Api":
                yield self.physical_ids[logical_id], self.resolved(resource["Properties"]["Body"])

    def fingerprint(self, body: Mapping[str, Any]) -> str:
        """Differs when other routes are declared, or when they lead to other functions."""
        written = json.dumps([body, self.physical_ids], sort_keys=True)
        return hashlib.sha256(written.encode()).hexdigest()

    def resolved(self, value: Any) -> Any:
        """A value of the template with every Ref, Sub, Split, Join, Select and If in it carried out."""
        match value:
            case {"Ref": str(name)}:
                return self._values.get(name, name)
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([\w:]+)\}", lambda found: str(self._values.get(found[1], found[0])), text)
            case {"Fn::Split": [str(separator), text]}:
                return str(self.resolved(text)).split(separator)
            case {"Fn::If": [str(condition), then, otherwise]}:
                return self.resolved(then if self._holds(self._conditions[condition]) else otherwise)
            case {"Fn::Select": [index, items]}:
                return self.resolved(items)[int(index)]
            case {"Fn::Join": [str(separator), parts]}:
                return separator.join(str(part) for part in self.resolved(parts))
            case dict():
                # The function of an integration is looked up by its logical id, so its Sub stays as it is.
                return {key: item if key == "uri" else self.resolved(item) for key, item in value.items()}
            case list():
                return [self.resolved(item) for item in value]
        return value

    def _holds(self, condition: Any) -> bool:
        match condition:
            case {"Fn::Equals": [left, right]}:
                return bool(self.resolved(left) == self.resolved(right))
            case {"Fn::Not": [inner]}:
                return not self._holds(inner)
            case {"Fn::And": list(parts)}:
                return all(self._holds(part) for part in parts)
            case {"Fn::Or": list(parts)}:
                return any(self._holds(part) for part in parts)
            case {"Condition": str(name)}:
                return self._holds(self._conditions[name])
        raise ValueError(f"A condition of an unknown kind: {condition}")


def wire(gateway: "ApiGatewayV2Client", template: ProcessedTemplate, api_id: str, body: Mapping[str, Any]) -> None:
    """Replace the routes and authorizers of an HTTP API by those that its OpenAPI body declares."""
    _clear(gateway, api_id)
    cors = body.get("x-amazon-apigateway-cors")
    if isinstance(cors, dict):
        gateway.update_api(ApiId=api_id, CorsConfiguration=_cors(cors))
    authorizers = dict(_create_authorizers(gateway, api_id, body))
    for path, operations in body["paths"].items():
        for method, operation in operations.items():
            if "x-amazon-apigateway-integration" in operation:
                _create_route(gateway, api_id, _route_key(method, path), operation, template, authorizers)


def _clear(gateway: "ApiGatewayV2Client", api_id: str) -> None:
    for route in gateway.get_routes(ApiId=api_id)["Items"]:
        gateway.delete_route(ApiId=api_id, RouteId=route["RouteId"])
    for integration in gateway.get_integrations(ApiId=api_id)["Items"]:
        gateway.delete_integration(ApiId=api_id, IntegrationId=integration["IntegrationId"])
    for authorizer in gateway.get_authorizers(ApiId=api_id)["Items"]:
        gateway.delete_authorizer(ApiId=api_id, AuthorizerId=authorizer["AuthorizerId"])


def _create_authorizers(
    gateway: "ApiGatewayV2Client", api_id: str, body: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Name → id of each JWT authorizer."""
    for name, scheme in body.get("components", {}).get("securitySchemes", {}).items():
        declared = scheme["x-amazon-apigateway-authorizer"]
        token = declared["jwtConfiguration"]
        created = gateway.create_authorizer(
            ApiId=api_id,
            Name=name,
            AuthorizerType="JWT",
            IdentitySource=[declared["identitySource"]],
            JwtConfiguration={"Issuer": token["issuer"], "Audience": token["audience"]},
        )
        yield name, created["AuthorizerId"]


def _create_route(
    gateway: "ApiGatewayV2Client",
    api_id: str,
    route_key: str,
    operation: Mapping[str, Any],
    template: ProcessedTemplate,
    authorizers: Mapping[str, str],
) -> None:
    invoked = INVOKED_FUNCTION.search(operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"])
    if invoked is None:
        raise ValueError(f"{route_key} has an integration that is not a function")
    integration = gateway.create_integration(
        ApiId=api_id,
        IntegrationType="AWS_PROXY",
        IntegrationUri=template.physical_ids[invoked[1]],  # an alias' physical id is its ARN
        PayloadFormatVersion="2.0",
    )
    target = f"integrations/{integration['IntegrationId']}"
    asked = [(name, scopes) for choice in operation.get("security", []) for name, scopes in choice.items()]
    for name, scopes in asked:
        if name in authorizers:
            gateway.create_route(
                ApiId=api_id,
                RouteKey=route_key,
                Target=target,
                AuthorizationType="JWT",
                AuthorizerId=authorizers[name],
                AuthorizationScopes=scopes,
            )
            return
    gateway.create_route(ApiId=api_id, RouteKey=route_key, Target=target)


def _route_key(method: str, path: str) -> str:
    if path == "/$default":
        return "$default"
    return f"{'ANY' if method == 'x-amazon-apigateway-any-method' else method.upper()} {path}"


def _cors(declared: Mapping[str, Any]) -> "CorsTypeDef":
    names = {
        "allowOrigins": "AllowOrigins",
        "allowMethods": "AllowMethods",
        "allowHeaders": "AllowHeaders",
        "exposeHeaders": "ExposeHeaders",
        "allowCredentials": "AllowCredentials",
        "maxAge": "MaxAge",
    }
    return cast("CorsTypeDef", {names[name]: value for name, value in declared.items() if name in names})
