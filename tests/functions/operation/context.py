"""What Lambda tells the function of its invocation."""

from dataclasses import dataclass


@dataclass
class Context:
    function_name: str = "operation"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:000000000000:function:operation"
    aws_request_id: str = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 300_000
