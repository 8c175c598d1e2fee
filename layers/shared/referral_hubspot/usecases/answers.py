"""What the platform answers to enrolments that it was asked for."""

from collections.abc import Collection, Sequence

from referral_hubspot.usecases.receive import Decline, Enrolment, Join


class TakeAnswers:
    """Implements the port `Answers`: nothing asks for enrolments yet, so nothing is done with answers."""

    def take(self, joins: Sequence[Join], declines: Sequence[Decline]) -> Collection[Enrolment]:
        """Nobody's answer has to come again."""
        return ()
