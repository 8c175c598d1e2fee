"""Whoever is on call → everything else: see, stop, mend and replay. Invoked by hand, by `make why` and its like."""

from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from referral_hubspot.runtime.observability import count, frames, logger, metrics
from referral_hubspot.runtime.operation import OperationEnvironment, OperationWiring
from referral_hubspot.usecases.command import CommandRefusedError

from .commands import COMMANDS, carry_out

_RESERVE_MS = 30_000  # what one step may take at the worst, and putting back what was looked at


@lru_cache(1)
def wiring() -> OperationWiring:
    return OperationWiring(OperationEnvironment.read())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    name = str(event.get("command"))
    known = name if name in COMMANDS else "unknown"  # an address may stand in any word of the event
    try:
        answer = carry_out(event, wiring, lambda: context.get_remaining_time_in_millis() > _RESERVE_MS)
    except CommandRefusedError as error:
        logger.info("command_refused", command=known)
        return {"ok": False, "lines": list(error.lines)}
    except Exception as error:
        logger.error("command_broke", command=known, error=type(error).__name__, frames=frames(error))
        count("CommandBroken")
        return {"ok": False, "lines": [f"It broke: {type(error).__name__}. The log says where: make errors."]}
    logger.info("command_done", command=known, more=answer.again is not None)
    return {"ok": True, "lines": list(answer.lines), **({"again": dict(answer.again)} if answer.again else {})}
