"""How the whole system does."""

from .endpoint import Call
from .models import CheckAnswer, StatusAnswer


def show(call: Call) -> StatusAnswer:
    """Whether everything works, and what of the caller's own is paused."""
    checks = call.services.read_status(call.caller.account_id, call.caller.campaigns)
    return StatusAnswer(
        status="ok" if all(check.ok for check in checks) else "attention",
        checks=[
            CheckAnswer(name=check.name, ok=check.ok, message=check.message, next_step=check.next_step)
            for check in checks
        ],
    )
