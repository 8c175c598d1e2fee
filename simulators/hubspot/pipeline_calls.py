"""Pipelines: all, one."""

from __future__ import annotations

from simulators.hubspot.answers import Answer, Call
from simulators.hubspot.problems import not_found


def list_all(call: Call) -> Answer:
    live = call.portal.pipelines.live()
    return Answer(200, {"results": [pipeline.as_json(order) for order, pipeline in enumerate(live)]})


def read(call: Call) -> Answer:
    for order, pipeline in enumerate(call.portal.pipelines.live()):
        if pipeline.id == call.params["pipeline_id"]:
            return Answer(200, pipeline.as_json(order))
    raise not_found(f"Pipeline {call.params['pipeline_id']} does not exist")
