"""What nobody outside HubSpot knows for sure: each question is a named switch, and both answers must be survivable.

The defaults are the answers the integration finds harder, or those that third parties have seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal


def _switch(default: Any, question: str) -> Any:
    return field(default=default, metadata={"question": question})


@dataclass(slots=True)
class Switches:
    """Set with `POST /_sim/switches {"name": value}` or `--switch name=value`."""

    batch_read_matches_secondary_email: bool = _switch(False, "does batch/read by e-mail find an additional address?")
    batch_upsert_matches_secondary_email: bool = _switch(
        False, "does batch/upsert by e-mail find an additional address? (if not, the row is a conflict)"
    )
    upsert_needs_email_property: bool = _switch(
        False, 'is an upsert row by e-mail refused when `properties.email` is missing? ("partial upsert")'
    )
    upsert_by_email_all_or_nothing: bool = _switch(
        False, 'does one bad row fail a whole upsert by e-mail, trace ids or not? ("partial upsert")'
    )
    batch_update_by_email: Literal["works", "ignored", "refused"] = _switch(
        "works", "what does batch/update do with idProperty=email?"
    )
    results_in_input_order: bool = _switch(False, "do batch results keep the order of the inputs?")
    lifecycle_backwards: Literal["silent", "error"] = _switch(
        "silent", "is a backward lifecycle stage kept silently, or an error?"
    )
    new_contact_lifecycle_stage: str = _switch("", "lifecycle stage a portal gives to new contacts (blank: none)")
    dates_are_normalised: bool = _switch(True, "are odd dates normalised with a warning on 2026-09, or refused?")
    email_conflict_status: int = _switch(409, "status when an update takes another contact's address: 400 or 409")
    unique_conflict: Literal["409_existing_id", "400_has_value"] = _switch(
        "400_has_value", "how is a value refused that another record has in a unique property, e-mail apart?"
    )
    history_batch_max: int = _switch(50, "inputs that batch/read takes with propertiesWithHistory")
    list_ordered_by_id: bool = _switch(True, "is the list of all records ordered by record id?")
    join_order_newest_first: bool = _switch(
        False, "does a list's join order begin with the newest member, or with the oldest?"
    )
    search_lag_s: float = _switch(0.5, "seconds until search sees a write")

    merge_keeps_primary_id: bool = _switch(False, "does a merge keep the primary record's id, or make a new one?")
    merge_sends_more_events: bool = _switch(
        False, "is a merge accompanied by deletions of the old ids and changes of the moved properties?"
    )
    batch_drops_merged_ids: bool = _switch(False, "are merged-away ids silently missing from batch answers?")

    pkce_is_enforced: bool = _switch(False, "is a code challenge checked for ordinary public apps?")
    code_lifetime_s: float = _switch(600.0, "seconds that an authorization code lives")
    refresh_token_rotates: bool = _switch(False, "does a refresh replace the refresh token?")
    reconnect_returns_same_refresh_token: bool = _switch(
        False, "does a second consent for a portal return the refresh token of the first?"
    )
    revoke_ends_access_tokens: bool = _switch(False, "does a revoke also end the access tokens already issued?")
    introspect_says_active_only: bool = _switch(False, "does introspection answer nothing but `active`?")

    retry_after_on_429: bool = _switch(False, "does a CRM 429 carry Retry-After?")
    batch_costs_one_request: bool = _switch(True, "is a batch one request for the rate limit, or one for each row?")
    rate_scale: float = _switch(1.0, "factor on both rate limits (110 in 10 s, search 5 in 1 s); 0 turns them off")

    mixed_portals_in_delivery: bool = _switch(False, "may one webhook delivery hold events of several portals?")
    event_id_stable_on_retry: bool = _switch(True, "does a redelivered event keep its eventId?")
    property_change_on_create: bool = _switch(True, "does creating a record send changes of its properties?")
    calculated_properties_fire: bool = _switch(
        False, "does a calculated property send changes? (hs_email_domain, hs_is_closed, hs_is_closed_won)"
    )
    privacy_deletion_comes_first: bool = _switch(True, "is contact.privacyDeletion sent before contact.deletion?")
    v1_signature_too: bool = _switch(True, "does a delivery signed v3 also carry the v1 headers?")

    def set(self, values: dict[str, Any]) -> None:
        """Change some switches.

        Raises:
            ValueError: a name is unknown or a value has the wrong type; nothing was changed.
        """
        known = {item.name: item.default for item in fields(self)}
        converted = {}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"no switch is called {name!r}")
            converted[name] = _converted(name, value, type(known[name]))
        for name, value in converted.items():
            setattr(self, name, value)

    @classmethod
    def documentation(cls) -> str:
        """One line a switch: name, default, question."""
        return "\n".join(f"  {item.name} = {item.default!r}\n      {item.metadata['question']}" for item in fields(cls))


def _converted(name: str, value: Any, kind: type) -> Any:
    if kind is bool:
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return value == "true"
        raise ValueError(f"{name} is true or false")
    if kind is str:
        allowed = _CHOICES.get(name)
        if not isinstance(value, str) or (allowed and value not in allowed):
            raise ValueError(f"{name} is one of {', '.join(allowed or ('a text',))}")
        return value
    if isinstance(value, bool):
        raise ValueError(f"{name} is a number")
    try:
        return kind(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is a number") from None


_CHOICES: dict[str, tuple[str, ...]] = {
    "batch_update_by_email": ("works", "ignored", "refused"),
    "lifecycle_backwards": ("silent", "error"),
    "unique_conflict": ("409_existing_id", "400_has_value"),
}
