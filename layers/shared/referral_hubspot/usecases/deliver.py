"""Deliver people into one HubSpot account in the fewest calls, and say of each what came of it."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus

from referral_hubspot.domain.crm import DEAL_KEY, Conflict, Contact, Problem, Refused, Unanswered, Written
from referral_hubspot.domain.errors import PermanentError, RequestRefusedError, RetryableError
from referral_hubspot.domain.mapping import is_required
from referral_hubspot.domain.people import PersonKey, Verdict
from referral_hubspot.domain.settings import Duplicates
from referral_hubspot.domain.verdict import verdict
from referral_hubspot.usecases.parcels import Arrived, Delivery, Made, Parcel, Refusal, WasKnown
from referral_hubspot.usecases.ports import Crm
from referral_hubspot.usecases.recognise import recognised
from referral_hubspot.usecases.write_rows import GONE, ROWS_PER_CALL, Step, Task, about_deals, calls, written


def deliver(crm: Crm, parcels: Sequence[Parcel]) -> Delivery:
    """Write all parcels: contacts first, then the deals, all together, each beside its contact.

    Under *Update* a contact is an upsert by e-mail; under *Do nothing* a create. A conflict names the
    record that has the address: it is judged by its age under *Do nothing*, then updated by id. Where
    it may be about another unique value, that is left out first, or somebody else's record would be
    written, and qualify. A deal is only ever created. Where an earlier attempt may have done that, it
    is looked for by its key before anything is written, and found, it stays as it is: its stage may
    have been moved since.
    """
    return _Run(crm).run(parcels)


class _Run:
    def __init__(self, crm: Crm) -> None:
        self._crm = crm
        self._delivery = Delivery()
        self._contacts: dict[PersonKey, Made] = {}

    def run(self, parcels: Sequence[Parcel]) -> Delivery:
        try:
            self._find([parcel for parcel in parcels if parcel.deal is not None and parcel.deal.tried])
            tasks = [_first_task(parcel) for parcel in parcels if parcel.person.key not in self._delivery.results]
            # Each round settles a row, shrinks it by a refused value, turns a conflict into an update, or a
            # contact that is there into its deal.
            while tasks:
                contacts = [task for task in tasks if task.step is not Step.DEAL]
                deals = [task for task in tasks if task.step is Step.DEAL]
                tasks = deals + self._round(contacts) if contacts else self._round(deals)
        except (RetryableError, PermanentError) as fault:
            self._delivery.fault = fault
        return self._delivery

    def _find(self, parcels: Sequence[Parcel]) -> None:
        """Settle those whose deal an earlier attempt has made."""
        by_key = {parcel.deal.key: parcel for parcel in parcels if parcel.deal is not None}
        try:
            deals = self._deals_by_key(list(by_key))
        except RequestRefusedError as error:
            if error.status == HTTPStatus.BAD_REQUEST:
                # The property of the key is not as it must be: for all of them, and for each key that follows.
                refusal = Refusal(Step.DEAL.object_type, Problem(DEAL_KEY, error.category, ""))
                self._delivery.results |= {parcel.person.key: refusal for parcel in parcels}
            raise
        found = {by_key[key].person.key: (by_key[key], record_id) for key, record_id in deals.items()}
        # The contact is there, too, but only HubSpot remembers which one.
        beside = [parcel.person.email for parcel, _ in found.values() if parcel.contact is not None]
        contacts = recognised(self._crm, list(dict.fromkeys(beside)), ())
        for key, (parcel, record_id) in found.items():
            contact = contacts.get(parcel.person.email) if parcel.contact is not None else None
            self._delivery.results[key] = Arrived(
                contact=Made(contact.record_id, written=False) if contact else None,
                deal=Made(record_id, written=False),
            )

    def _deals_by_key(self, deal_keys: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        with about_deals():
            for start in range(0, len(deal_keys), ROWS_PER_CALL):
                found |= self._crm.deals_by_key(deal_keys[start : start + ROWS_PER_CALL])
        return found

    def _round(self, tasks: Sequence[Task]) -> list[Task]:
        following: list[Task] = []
        addresses: list[tuple[Task, str]] = []
        deals: list[Task] = []
        unclear: list[tuple[Task, Refused]] = []
        for step in Step:
            for call in calls(task for task in tasks if task.step is step):
                for task, answer in written(self._crm, call):
                    match answer:
                        case Conflict() if step is Step.DEAL:
                            deals.append(task)
                        case Conflict() if task.unique or step is Step.UPDATE:
                            following += self._taken(task)
                        case Conflict():
                            addresses.append((task, answer.existing_id))
                        case Written():
                            following += self._arrived(task, answer)
                        case Refused() if _names_nothing(answer) and step is Step.DEAL and task.contact_id:
                            unclear.append((task, answer))
                        case Refused():
                            following += self._refused(task, answer)
                        case Unanswered():
                            pass
        return following + self._beside_another(unclear) + self._deals_exist(deals) + self._resolved(addresses)

    def _arrived(self, task: Task, answer: Written) -> list[Task]:
        """What is left to do for a person one of whose records is written."""
        key = task.parcel.person.key
        made = Made(answer.record_id, True, answer.created, answer.properties, task.left_out)
        if task.step is Step.DEAL:
            self._delivery.results[key] = Arrived(self._contacts.get(key), made)
        elif task.parcel.deal is None:
            self._delivery.results[key] = Arrived(made)
        else:
            self._contacts[key] = made
            return [_deal_task(task.parcel, made.record_id)]
        return []

    def _refused(self, task: Task, answer: Refused) -> list[Task]:
        if answer.category == GONE:
            return []  # the record went between two calls: a later attempt starts afresh
        refused = {problem.property for problem in answer.problems}
        object_type = task.step.object_type
        if refused and all(name in task.properties and not is_required(object_type, name) for name in refused):
            return [task.without(answer.problems)]
        self._delivery.results[task.parcel.person.key] = Refusal(object_type, _telling(answer))
        return []

    def _taken(self, task: Task) -> list[Task]:
        """What is left to do for a row whose value another record has, which one HubSpot does not say."""
        if task.unique:
            return [task.without_unique()]
        self._delivery.results[task.parcel.person.key] = Refusal(task.step.object_type, task.taken())
        return []

    def _beside_another(self, unclear: Sequence[tuple[Task, Refused]]) -> list[Task]:
        """Deals that were refused without a word of why: the contact may be gone, or merged into another one."""
        ids = list(dict.fromkeys(task.contact_id for task, _ in unclear))
        contacts = self._read_contacts(ids)
        following: list[Task] = []
        for task, answer in unclear:
            contact = contacts.get(task.contact_id)
            if contact is not None and contact.record_id == task.contact_id:
                following += self._refused(task, answer)
            elif contact is not None:
                key = task.parcel.person.key
                self._contacts[key] = replace(self._contacts[key], record_id=contact.record_id)
                following.append(replace(task, contact_id=contact.record_id))
        return following

    def _deals_exist(self, tasks: Sequence[Task]) -> list[Task]:
        """A deal with the key is there: another worker's, or an earlier attempt's.

        Only the key proves that. A deal that HubSpot names may be one of sales with the same value of
        another unique property.
        """
        found = self._deals_by_key([task.deal_key for task in tasks])
        for task in tasks:
            if record_id := found.get(task.deal_key, ""):
                key = task.parcel.person.key
                self._delivery.results[key] = Arrived(self._contacts.get(key), Made(record_id, written=False))
        return [task.without_unique() for task in tasks if task.deal_key not in found and task.unique]

    def _resolved(self, conflicts: Sequence[tuple[Task, str]]) -> list[Task]:
        """Contacts whose address HubSpot has: to be updated by id, unless they were there before the referral."""
        judged = [existing for task, existing in conflicts if task.parcel.duplicates is Duplicates.SKIP]
        contacts = self._read_contacts(list(dict.fromkeys(judged)))
        updates = []
        for task, existing in conflicts:
            if task.parcel.duplicates is Duplicates.SKIP:
                contact = contacts.get(existing)
                if contact is None:
                    continue  # deleted meanwhile: a later attempt creates it
                if verdict(contact.created_at, task.parcel.person.joined_at) is Verdict.KNOWN:
                    self._delivery.results[task.parcel.person.key] = WasKnown(contact.record_id)
                    continue
                existing = contact.record_id
            updates.append(task.updating(existing))
        return updates

    def _read_contacts(self, record_ids: Sequence[str]) -> dict[str, Contact]:
        found: dict[str, Contact] = {}
        for start in range(0, len(record_ids), ROWS_PER_CALL):
            found |= self._crm.read_contacts(record_ids[start : start + ROWS_PER_CALL], ())
        return found


def _first_task(parcel: Parcel) -> Task:
    if parcel.contact is None:
        return _deal_task(parcel)
    properties = dict(parcel.contact.properties)
    if parcel.known is not None:
        return Task(parcel, Step.UPDATE, properties, parcel.known.record_id)
    return Task(parcel, Step.UPSERT if parcel.duplicates is Duplicates.UPDATE else Step.CREATE, properties)


def _deal_task(parcel: Parcel, contact_id: str = "") -> Task:
    assert parcel.deal is not None, "a parcel without a contact is a deal"
    return Task(parcel, Step.DEAL, dict(parcel.deal.mapped.properties), contact_id)


def _names_nothing(answer: Refused) -> bool:
    return not any(problem.property for problem in answer.problems)


def _telling(refused: Refused) -> Problem:
    return refused.problems[0] if refused.problems else Problem("", refused.category, "")
