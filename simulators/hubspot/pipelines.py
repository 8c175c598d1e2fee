"""The pipelines of a portal's deals, and the stages a deal goes through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.hubspot.definitions import options
from simulators.hubspot.moments import iso, now_ms
from simulators.hubspot.schema import Schema

Json = dict[str, Any]

# (id, label, probability): 1.0 is won, 0.0 lost; both are closed.
_SALES = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4"),
    ("presentationscheduled", "Presentation Scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
    ("contractsent", "Contract Sent", "0.9"),
    ("closedwon", "Closed Won", "1.0"),
    ("closedlost", "Closed Lost", "0.0"),
)
_PARTNERS = (
    ("138829001", "Introduced", "0.2"),
    ("138829002", "Agreement sent", "0.6"),
    ("138829003", "Signed", "1.0"),
    ("138829004", "Declined", "0.0"),
)


@dataclass(slots=True)
class Stage:
    """`probability` is a text from 0.0 to 1.0, as in HubSpot's metadata."""

    id: str
    label: str
    probability: str
    archived_ms: int | None = None
    created_ms: int = field(default_factory=now_ms)

    @property
    def closed(self) -> bool:
        return self.probability in ("0.0", "1.0")

    def as_json(self, order: int) -> Json:
        """Numbers and truth values in `metadata` are texts."""
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": order,
            "metadata": {"isClosed": str(self.closed).lower(), "probability": self.probability},
            "archived": False,
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.created_ms),
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        }


@dataclass(slots=True)
class Pipeline:
    id: str
    label: str
    stages: list[Stage]
    archived_ms: int | None = None
    created_ms: int = field(default_factory=now_ms)

    def live_stages(self) -> list[Stage]:
        return [stage for stage in self.stages if stage.archived_ms is None]

    def as_json(self, order: int) -> Json:
        """Without the archived stages."""
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": order,
            "stages": [stage.as_json(index) for index, stage in enumerate(self.live_stages())],
            "archived": False,
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.created_ms),
        }


class Pipelines:
    """What a portal has, archived ones included. `publish` after each change: properties list the same choices."""

    def __init__(self) -> None:
        self._all = [
            Pipeline("default", "Sales Pipeline", [Stage(*row) for row in _SALES]),
            Pipeline("71204418", "Partner Pipeline", [Stage(*row) for row in _PARTNERS]),
        ]

    def live(self) -> list[Pipeline]:
        return [pipeline for pipeline in self._all if pipeline.archived_ms is None]

    def pipeline(self, pipeline_id: str) -> Pipeline:
        """Also an archived one.

        Raises:
            KeyError: there is none.
        """
        for pipeline in self._all:
            if pipeline.id == pipeline_id:
                return pipeline
        raise KeyError(f"pipeline {pipeline_id}")

    def stage(self, stage_id: str) -> Stage:
        """As `pipeline`; a stage's id is its own among all pipelines."""
        for stage in self._stages():
            if stage.id == stage_id:
                return stage
        raise KeyError(f"stage {stage_id}")

    def named(self, pipeline_or_stage_id: str) -> Pipeline | Stage:
        """Raises:
        KeyError: there is neither.
        """
        for pipeline in self._all:
            if pipeline.id == pipeline_or_stage_id:
                return pipeline
        return self.stage(pipeline_or_stage_id)

    def add(self, pipeline: Pipeline) -> None:
        """Raises:
        ValueError: an id is taken.
        """
        taken = {stage.id for stage in self._stages()}
        if any(known.id == pipeline.id for known in self._all) or any(stage.id in taken for stage in pipeline.stages):
            raise ValueError("there is a pipeline or stage with this id already")
        self._all.append(pipeline)

    def add_stage(self, pipeline_id: str, stage: Stage) -> None:
        """Raises:
        ValueError: the id is taken.
        """
        if any(known.id == stage.id for known in self._stages()):
            raise ValueError("there is a stage with this id already")
        self.pipeline(pipeline_id).stages.append(stage)

    def closing(self, values: Mapping[str, str]) -> dict[str, str]:
        """Whether a deal of these values is closed, and won: what follows from its stage."""
        stage_id = values.get("dealstage")
        stage = next((stage for stage in self._stages() if stage.id == stage_id), None)
        if stage is None:
            return {}
        won = stage.probability == "1.0"
        return {"hs_is_closed": str(stage.closed).lower(), "hs_is_closed_won": str(won).lower()}

    def publish(self, schema: Schema) -> None:
        """Let the properties of deals list what can be chosen now."""
        live = self.live()
        stages = [stage for pipeline in live for stage in pipeline.live_stages()]
        schema.properties["pipeline"].options = options(*((pipeline.id, pipeline.label) for pipeline in live))
        schema.properties["dealstage"].options = options(*((stage.id, stage.label) for stage in stages))

    def _stages(self) -> Iterator[Stage]:
        return (stage for pipeline in self._all for stage in pipeline.stages)
