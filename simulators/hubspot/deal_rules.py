"""Which stage a deal may be in."""

from __future__ import annotations

from simulators.hubspot.pipelines import Pipelines
from simulators.hubspot.record import Record


def judge_stage(pipelines: Pipelines, values: dict[str, str], record: Record | None) -> list[tuple[str, str, str]]:
    """Refuse a stage that is not one of the deal's pipeline's, by (property, code, message); where there is one
    pipeline only, a new deal need not name it, and `values` get it."""
    live = pipelines.live()
    if record is None and not values.get("pipeline") and len(live) == 1:
        values["pipeline"] = live[0].id
    if "pipeline" not in values and "dealstage" not in values:
        return []

    def wanted(name: str) -> str:
        return values[name] if name in values else (record and record.get(name)) or ""

    pipeline_id, stage_id = wanted("pipeline"), wanted("dealstage")
    pipeline = next((pipeline for pipeline in live if pipeline.id == pipeline_id), None)
    if pipeline is None or not stage_id:
        return []  # missing, which is for the rules about what a new deal needs to say
    allowed = [stage.id for stage in pipeline.live_stages()]
    if stage_id in allowed:
        return []
    message = f"{stage_id} was not one of the allowed options: [{', '.join(allowed)}]"
    return [("dealstage", "INVALID_OPTION", message)]
