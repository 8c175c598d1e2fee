"""Why a body has not the shape that is asked for, in plain words and without what was sent."""

import re
from collections.abc import Iterator, Mapping

from pydantic import ValidationError

_WORDS: Mapping[str, tuple[str, str, str]] = {
    "missing": ("missing", "This is missing.", "Send it."),
    "extra_forbidden": ("unknown_field", "There is no such field.", "Leave it out."),
    "string_type": ("not_text", "This is not text.", "Send text in quotes; blank text for nothing."),
    "string_too_long": ("too_long", "This is too long.", "Shorten it."),
    "int_type": ("not_a_whole_number", "This is not a whole number.", "Send a whole number, without quotes."),
    "less_than_equal": ("too_large", "This number is too large.", "Send a smaller one."),
    "greater_than_equal": ("below_zero", "This is below zero.", "Send zero or more."),
    "bool_type": ("not_yes_or_no", "This is neither true nor false.", "Send true or false, without quotes."),
    "list_type": ("not_a_list", "This is not a list.", "Send a list."),
    "too_long": ("too_many", "These are too many.", "Send fewer."),
    "model_type": ("not_an_object", "This is not an object.", "Send an object."),
}
_OTHERWISE = ("malformed", "This does not fit.", "See the API's description of this field.")

# A caller's own key is repeated only if it looks like one of ours.
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]{0,63}")


def shape_problems(error: ValidationError) -> Iterator[dict[str, str]]:
    """Code, field, message and next step of each error."""
    for item in error.errors(include_input=False, include_url=False, include_context=False):
        code, message, next_step = _WORDS.get(item["type"], _OTHERWISE)
        parts = [str(part) if isinstance(part, int) or _FIELD_NAME.fullmatch(part) else "?" for part in item["loc"]]
        yield {"code": code, "field": ".".join(parts), "message": message, "next_step": next_step}
