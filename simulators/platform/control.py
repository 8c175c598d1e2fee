"""Bodies of the control API under /_sim."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class EventToPublish(BaseModel):
    """A CloudEvent to make (`type`, `data`), or a `raw` body sent exactly as it is."""

    model_config = ConfigDict(extra="forbid")

    type: str | None = None
    data: dict[str, Any] | None = None
    id: str | None = None
    source: str | None = None
    time: str | None = None
    raw: str | None = None
    group: str | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        if self.raw is None and (self.type is None or self.data is None):
            raise ValueError("give type and data, or raw")
        return self


class PublishRequest(BaseModel):
    events: list[EventToPublish] = Field(max_length=10_000)


class LeadsRequest(BaseModel):
    """Made-up leads to publish; `changes` is laid over each one's data."""

    account_id: str
    campaign_id: str
    count: int = Field(default=1, ge=1, le=10_000)
    seed: str = "1"
    campaign_name: str | None = None
    emails: list[str] | None = None
    changes: dict[str, Any] = Field(default_factory=dict)


class ReferrerChanges(BaseModel):
    model_config = ConfigDict(extra="forbid")

    referrer_id: str = Field(default="", min_length=1)
    email: str = ""
    first_name: str = ""
    referral_code: str = ""
    referral_link: str = ""
    source: str = ""
    referrals_count: int = 0
    converted_referrals_count: int = 0
    fields: dict[str, Any] = Field(default_factory=dict)


class ReferrersRequest(BaseModel):
    """Made-up referrers to publish; those of `changes` that are given are laid over each one."""

    account_id: str
    campaign_id: str
    count: int = Field(default=1, ge=1, le=10_000)
    seed: str = "1"
    campaign_name: str | None = None
    emails: list[str] | None = None
    changes: ReferrerChanges = Field(default_factory=ReferrerChanges)


class CampaignRequest(BaseModel):
    account_id: str
    campaign_id: str
    name: str
    state: str = "live"
    time_zone: str = "Europe/Berlin"
    custom_fields: list[dict[str, str]] = Field(default_factory=list)
    version: int = 0
