"""Messages of the sync queue: what a worker, or the schedule, asks a worker for."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from referral_hubspot.events.unreadable import UnreadableError


class _Job(BaseModel):
    model_config = ConfigDict(frozen=True)

    account_id: str = Field(min_length=1)
    campaign_id: str = Field(min_length=1)


class SyncJob(_Job):
    """Go on with a sync; `due` begins its next run, if none is open."""

    job: Literal["sync"] = "sync"
    sync_id: str = Field(min_length=1)
    due: bool = False


class ReturnsJob(_Job):
    """Write the return fields of a campaign that are due."""

    job: Literal["returns"] = "returns"


Job = SyncJob | ReturnsJob

_reader: TypeAdapter[Job] = TypeAdapter(Annotated[Job, Field(discriminator="job")])


def read_job(body: str) -> Job:
    """Read one message body.

    Raises:
        UnreadableError: it is none of these jobs.
    """
    try:
        return _reader.validate_json(body)
    except ValidationError:
        raise UnreadableError("not_a_job") from None
