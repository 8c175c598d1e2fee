"""What an admin changes in a portal: properties and their options, pipelines and stages, owners."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from simulators.hubspot.moments import now_ms
from simulators.hubspot.object_types import BY_NAME
from simulators.hubspot.owners import Owner
from simulators.hubspot.pipelines import Pipeline, Stage
from simulators.hubspot.portal import Portal
from simulators.hubspot.property_calls import new_option, new_property
from simulators.hubspot.schema import Schema
from simulators.hubspot.simulation import Simulation

Json = dict[str, Any]


class SettingsControl:
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    async def change_properties(self, request: Request, body: Json) -> Json:
        """`object`: contacts (default) or deals. Any of: `create` [definitions as in HubSpot's API; a group that does
        not exist is made], `archive` [names],
        `restore` [names], `options` {name: [{value, label?}], all that it has}, `add_options` {name: [the same]},
        `remove_options` {name: [values]}, `labels` {name: label}, `require` [names, all that are required],
        `conditional` [[property, value, required property]]."""
        with self._simulation.lock:
            schema = self._portal(request).store(BY_NAME[body.get("object", "contacts")]).schema
            for definition in body.get("create", []):
                schema.put(new_property(definition))
            for name in body.get("archive", []):
                schema.archive(name)
            for name in body.get("restore", []):
                schema.properties[name].archived_ms = None
            _change_options(schema, body)
            for name, label in body.get("labels", {}).items():
                schema.properties[name].label = str(label)
            if "require" in body:
                schema.required = {schema.properties[name].name for name in body["require"]}
            if "conditional" in body:
                schema.conditional = [(str(a), str(b), str(c)) for a, b, c in body["conditional"]]
        return {}

    async def change_pipelines(self, request: Request, body: Json) -> Json:
        """Any of: `add` [{id, label, stages: [{id, label?, probability?}]}], `archive` [ids], `restore` [ids];
        `add_stages` [{pipeline, id, label?, probability?}], `archive_stages` [ids], `restore_stages` [ids]; `labels`
        {pipeline's or stage's id: label}. Answers with what there is then, as HubSpot's API does."""
        with self._simulation.lock:
            portal = self._portal(request)
            pipelines = portal.pipelines
            for row in body.get("add", []):
                stages = [_stage(stage) for stage in row["stages"]]
                pipelines.add(Pipeline(str(row["id"]), str(row.get("label", row["id"])), stages))
            for row in body.get("add_stages", []):
                pipelines.add_stage(str(row["pipeline"]), _stage(row))
            for one in body.get("archive", []):
                pipelines.pipeline(one).archived_ms = now_ms()
            for one in body.get("restore", []):
                pipelines.pipeline(one).archived_ms = None
            for one in body.get("archive_stages", []):
                pipelines.stage(one).archived_ms = now_ms()
            for one in body.get("restore_stages", []):
                pipelines.stage(one).archived_ms = None
            for one, label in body.get("labels", {}).items():
                pipelines.named(one).label = str(label)
            pipelines.publish(portal.deals.schema)
            return {"results": [pipeline.as_json(order) for order, pipeline in enumerate(pipelines.live())]}

    async def change_owners(self, request: Request, body: Json) -> Json:
        """Any of: `add` [{id, email, first_name?, last_name?, user_id?}], `archive` [ids], `restore` [ids]."""
        with self._simulation.lock:
            owners = self._portal(request).owners
            for row in body.get("add", []):
                number = int(row["id"])
                owners[number] = Owner(
                    number,
                    int(row.get("user_id", number)),
                    str(row["email"]).lower(),
                    str(row.get("first_name", "")),
                    str(row.get("last_name", "")),
                )
            for one in body.get("archive", []):
                owners[int(one)].archived_ms = now_ms()
            for one in body.get("restore", []):
                owners[int(one)].archived_ms = None
            return {"owners": [owner.as_json() for owner in owners.values()]}

    def _portal(self, request: Request) -> Portal:
        return self._simulation.portals[request.path_params["portal"]]


def _change_options(schema: Schema, body: Json) -> None:
    for name, rows in body.get("options", {}).items():
        schema.properties[name].options = [new_option(row, index) for index, row in enumerate(rows)]
    for name, rows in body.get("add_options", {}).items():
        options = schema.properties[name].options
        options += [new_option(row, len(options) + index) for index, row in enumerate(rows)]
    for name, values in body.get("remove_options", {}).items():
        prop = schema.properties[name]
        prop.options = [option for option in prop.options if option.value not in values]


def _stage(row: Json) -> Stage:
    return Stage(str(row["id"]), str(row.get("label", row["id"])), str(row.get("probability", "0.5")))
