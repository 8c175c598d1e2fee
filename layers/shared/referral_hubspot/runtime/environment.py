"""A function's settings: field `table_name` is the environment variable `TABLE_NAME`."""

import os
from dataclasses import MISSING, dataclass, fields
from typing import Self


class EnvironmentIncompleteError(Exception):
    """The deployment does not give a function what it reads; every missing or malformed variable is named."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Base of each function's own settings; standard library only, because a webhook's start waits for it."""

    @classmethod
    def read(cls) -> Self:
        """Read once, at the start.

        Raises:
            EnvironmentIncompleteError: naming all variables at fault together.
        """
        values: dict[str, str | int | float] = {}
        faults = []
        for field in fields(cls):
            name = field.name.upper()
            text = os.environ.get(name)
            if text is None:
                if field.default is MISSING:
                    faults.append(f"{name} is not set")
                continue
            convert = {int: int, float: float}.get(field.type, str) if isinstance(field.type, type) else str
            try:
                values[field.name] = convert(text)
            except ValueError:
                faults.append(f"{name} is not a number")
        if faults:
            raise EnvironmentIncompleteError("; ".join(faults))
        return cls(**values)
