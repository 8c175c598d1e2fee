"""Everything this HubSpot knows, behind one lock."""

from __future__ import annotations

import random
import threading
from typing import Any

from simulators.hubspot.app import App
from simulators.hubspot.dispatcher import Dispatcher
from simulators.hubspot.faults import Faults
from simulators.hubspot.journal import Journal
from simulators.hubspot.limits import Limits
from simulators.hubspot.object_types import ObjectType
from simulators.hubspot.portal import Portal, new_portal
from simulators.hubspot.record import Source
from simulators.hubspot.record_event import RecordEvent
from simulators.hubspot.switches import Switches
from simulators.hubspot.tokens import Tokens

Json = dict[str, Any]

PERSON = Source("CRM_UI", "userId:123")
PORTALS = ((1001001, "Acme EU", True), (1001002, "Acme US", False))


class Simulation:
    """Hold `lock` while reading or changing anything from another thread than the server's."""

    def __init__(self, app: App | None = None, switches: Switches | None = None) -> None:
        self.lock = threading.RLock()
        self.app = app or App()
        self.switches = switches or Switches()
        self.journal = Journal()
        self.faults = Faults()
        self.dispatcher = Dispatcher(self.app, self.switches, self.hears_of)
        self._clear()

    def _clear(self) -> None:
        self.portals: dict[int, Portal] = {}
        self._installed: set[int] = set()
        self.tokens = Tokens()
        self.limits = Limits(self.switches)
        self.random = random.Random(42)  # the order of results: the same in every run
        for portal_id, name, european in PORTALS:
            self.add_portal(portal_id, name, european=european)

    def reset(self, *, keep_app: bool = True) -> None:
        """As after the start: no records, tokens, journal, faults; the app's configuration stays unless told."""
        with self.lock:
            self.dispatcher.forget()
            self.faults.clear()
            self.journal.clear()
            self.switches.set({name: getattr(Switches(), name) for name in Switches.__dataclass_fields__})
            if not keep_app:
                fresh = App()
                for name in App.__dataclass_fields__:
                    setattr(self.app, name, getattr(fresh, name))
            self._clear()

    def add_portal(self, portal_id: int, name: str, *, european: bool) -> Portal:
        self.portals[portal_id] = new_portal(
            portal_id, name, tell=self._tell, lag_ms=lambda: int(self.switches.search_lag_s * 1000), european=european
        )
        return self.portals[portal_id]

    def installed(self, portal_id: int) -> bool:
        return portal_id in self._installed

    def hears_of(self, portal_id: int, object_type: ObjectType) -> bool:
        """Whether the app is told what happens to such records: it is installed, and may read them. When all its tokens
        were revoked but nobody removed it, what it was allowed is not looked at."""
        grants = self.tokens.grants(portal_id)
        scope = f"crm.objects.{object_type.plural}.read"
        return self.installed(portal_id) and (not grants or any(scope in grant.scopes for grant in grants))

    def install(self, portal_id: int) -> None:
        self._installed.add(portal_id)

    def uninstall(self, portal_id: int, *, keep_access: bool = False) -> None:
        """Tokens end, webhooks stop."""
        self._installed.discard(portal_id)
        self.tokens.forget_portal(portal_id, keep_access=keep_access)

    @property
    def our_app(self) -> Source:
        """How HubSpot names the app's own writes."""
        return Source("INTEGRATION", str(self.app.app_id))

    def _tell(self, portal_id: int, event: RecordEvent) -> None:
        self.dispatcher.tell(portal_id, event)

    def as_json(self) -> Json:
        """For `GET /_sim/state`."""
        return {
            "app": self.app.as_json(),
            "switches": {name: getattr(self.switches, name) for name in Switches.__dataclass_fields__},
            "portals": [
                {
                    "id": portal.id,
                    "name": portal.name,
                    "ui_domain": portal.ui_domain,
                    "contacts": len(portal.contacts),
                    "deals": len(portal.deals),
                    "blocked_emails": len(portal.contacts.blocked_emails),
                    "installed": self.installed(portal.id),
                    "refresh_tokens": len(self.tokens.grants(portal.id)),
                    "access_tokens": self.tokens.live_access_tokens(portal.id),
                    "scopes": sorted({scope for grant in self.tokens.grants(portal.id) for scope in grant.scopes}),
                }
                for portal in self.portals.values()
            ],
            "faults": self.faults.as_json(),
            "held": self.faults.held(),
            "webhooks": self.dispatcher.counts(),
            "journal_last_seq": self.journal.last_seq,
        }
