"""What an operation is: how it is reached, what it is given, what it gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from referral_hubspot.usecases.find_campaign import KnownCampaign

from .access import Caller
from .problems import unreadable
from .services import Services


@dataclass(frozen=True, slots=True)
class Call:
    """One request, allowed and with its campaign found, if its address names one."""

    services: Services
    caller: Caller
    campaign: KnownCampaign | None
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: str = field(repr=False)

    @property
    def known(self) -> KnownCampaign:
        """The campaign that it is about."""
        assert self.campaign is not None, "the address names no campaign"
        return self.campaign

    def parsed[Model: BaseModel](self, model: type[Model]) -> Model:
        """The body as `model`.

        Raises:
            ProblemError: 400 or 422.
        """
        try:
            return model.model_validate_json(self.body or "{}")
        except ValidationError as error:
            raise unreadable(error) from None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter, for the API's description."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation: how it is reached, what it takes and gives, and what can go wrong besides 401 and 404."""

    method: str
    path: str
    operation: str
    summary: str
    run: Callable[[Call], BaseModel | None]
    answer: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    query: tuple[Parameter, ...] = ()
    problems: tuple[int, ...] = ()
    for_viewers: bool = False
    """It changes nothing, though it is no GET: what it looks at stands in a body."""

    @property
    def route_key(self) -> str:
        """As API Gateway names the route."""
        return f"{self.method} {self.path}"

    @property
    def of_campaign(self) -> bool:
        """Whether it is about one campaign; else it is about the account."""
        return "{campaign_id}" in self.path

    @property
    def writes(self) -> bool:
        """Whether viewers are refused."""
        return self.method != "GET" and not self.for_viewers
