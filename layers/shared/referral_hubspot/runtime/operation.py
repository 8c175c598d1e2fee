"""Wiring of what whoever is on call may do: built when first used, once per process."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from referral_hubspot.runtime import clients
from referral_hubspot.runtime.archive import BusArchive
from referral_hubspot.runtime.bus import Bus
from referral_hubspot.runtime.dead_letters import BusAgain, SourceQueue, SqsLetterBox
from referral_hubspot.runtime.fault_log import CloudWatchFaultLog
from referral_hubspot.runtime.releaser import SweepReleaser
from referral_hubspot.runtime.tables import TableEnvironment, TableWiring
from referral_hubspot.storage.pauses import PauseTable
from referral_hubspot.storage.portal_properties import PortalProperties
from referral_hubspot.storage.sweep_times import SweepTimes
from referral_hubspot.storage.told_rows import ToldRowsTable
from referral_hubspot.usecases.announce_again import AnnounceAgain
from referral_hubspot.usecases.dead_letters import DeadLetters, DeadQueue
from referral_hubspot.usecases.pause import Pausing
from referral_hubspot.usecases.read_faults import ReadFaults
from referral_hubspot.usecases.read_people import ReadPeople
from referral_hubspot.usecases.why import Why

_DERIVE = "A letter with the reason stream holds no announcement: derive it again by `make announce`, then drop it."
_NEXT_SWEEP = "The next sweep does what this one did not: drop the letter when the sweep works again."


@dataclass(frozen=True, slots=True)
class OperationEnvironment(TableEnvironment):
    """What operating takes; `announcement_rule_arn` is blank where the platform has its own rules."""

    platform_name: str
    lead_queue_url: str
    referrer_queue_url: str
    change_queue_url: str
    sync_queue_url: str
    lead_dead_letters_url: str
    referrer_dead_letters_url: str
    change_dead_letters_url: str
    sync_dead_letters_url: str
    announcement_dead_letters_url: str
    sweep_dead_letters_url: str
    event_bus_name: str
    event_bus_arn: str
    announcement_archive_arn: str
    announcement_rule_arn: str
    sweep_function: str
    function_log_group: str


class OperationWiring(TableWiring):
    """See, stop, mend, replay."""

    def __init__(self, environment: OperationEnvironment) -> None:
        super().__init__(environment)
        self._operation = environment

    @cached_property
    def _pauses(self) -> PauseTable:
        return PauseTable(self._operation.campaign_table, self.dynamodb)

    @cached_property
    def why(self) -> Why:
        properties = PortalProperties(self._operation.campaign_table, self.dynamodb)
        stories = ReadPeople(self.people, properties, self._operation.platform_name)
        return Why(self.people, self.campaigns, stories, self._pauses)

    @cached_property
    def sweeper(self) -> SweepReleaser:
        return SweepReleaser(clients.lambda_(), self._operation.sweep_function)

    @cached_property
    def sweep_times(self) -> SweepTimes:
        return SweepTimes(self._operation.campaign_table, self.dynamodb)

    @cached_property
    def pausing(self) -> Pausing:
        return Pausing(self._pauses, self.campaigns, self.sweeper, clients.now)

    @cached_property
    def dead_letters(self) -> DeadLetters:
        here, sqs = self._operation, clients.sqs()
        bus = BusAgain(clients.events(), here.event_bus_name)
        return DeadLetters(
            {
                "lead": DeadQueue(SqsLetterBox(sqs, here.lead_dead_letters_url), SourceQueue(sqs, here.lead_queue_url)),
                "referrer": DeadQueue(
                    SqsLetterBox(sqs, here.referrer_dead_letters_url), SourceQueue(sqs, here.referrer_queue_url)
                ),
                "change": DeadQueue(
                    SqsLetterBox(sqs, here.change_dead_letters_url), SourceQueue(sqs, here.change_queue_url)
                ),
                "sync": DeadQueue(SqsLetterBox(sqs, here.sync_dead_letters_url), SourceQueue(sqs, here.sync_queue_url)),
                "announcement": DeadQueue(SqsLetterBox(sqs, here.announcement_dead_letters_url), bus, _DERIVE),
                "sweep": DeadQueue(SqsLetterBox(sqs, here.sweep_dead_letters_url), advice=_NEXT_SWEEP),
            },
            clients.now,
        )

    @cached_property
    def announce_again(self) -> AnnounceAgain:
        here, events = self._operation, clients.events()
        archive = BusArchive(
            events, here.announcement_archive_arn, here.event_bus_arn, here.announcement_rule_arn, here.event_bus_name
        )
        bus = Bus(events, here.event_bus_name, clients.sqs(), here.announcement_dead_letters_url)
        return AnnounceAgain(ToldRowsTable(here.campaign_table, self.dynamodb), bus, archive, clients.now)

    def read_faults(self, time_left: Callable[[], bool]) -> ReadFaults:
        """What the functions complained of."""
        return ReadFaults(CloudWatchFaultLog(clients.logs(), self._operation.function_log_group, time_left))
