"""Sends webhook deliveries from a thread of its own, and again when they fail."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from simulators.hubspot.app import App
from simulators.hubspot.moments import iso, now_ms
from simulators.hubspot.object_types import BY_NAME, ObjectType
from simulators.hubspot.record_event import RecordEvent
from simulators.hubspot.sender import Sender
from simulators.hubspot.switches import Switches
from simulators.hubspot.webhooks import Delivery, EventWriter, Loss, WebhookFaults, bundles

Json = dict[str, Any]


class Dispatcher:
    """Events wait `webhook_interval_s`, so that neighbours share a delivery, as in HubSpot."""

    def __init__(self, app: App, switches: Switches, hears_of: Callable[[int, ObjectType], bool]) -> None:
        self.app = app
        self.switches = switches
        self.faults = WebhookFaults()
        self.losses: list[Loss] = []
        self._hears_of = hears_of
        self._writer = EventWriter(app, switches)
        self._wake = threading.Condition()
        self._fresh: list[Json] = []
        self._fresh_since = 0.0
        self._waiting: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._generation = 0
        self._in_flight: Counter[int] = Counter()
        self._log: deque[Json] = deque(maxlen=100_000)
        self.sender = Sender(app, switches)
        self._pool: ThreadPoolExecutor | None = None
        self._running = False

    def start(self) -> None:
        self._running = True
        self._pool = ThreadPoolExecutor(2 * self.app.webhook_concurrency, "webhook")
        threading.Thread(target=self._run, name="webhooks", daemon=True).start()

    def stop(self) -> None:
        with self._wake:
            self._running = False
            self._wake.notify_all()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def forget(self) -> None:
        """Drop all that is waiting, and the log."""
        with self._wake:
            self._fresh.clear()
            self._waiting.clear()
            self._log.clear()
            self._generation += 1
            self.faults = WebhookFaults()
            self.losses = []

    def tell(self, portal_id: int, event: RecordEvent) -> None:
        """Queue what the app is subscribed to."""
        if not self.app.webhook_url or not self._hears_of(portal_id, event.object_type):
            return
        with self._wake:
            events = [
                made
                for made in self._writer.events(portal_id, event)
                if not any(loss.takes(made) for loss in self.losses)
            ]
            if not events:
                return
            if not self._fresh:
                self._fresh_since = time.monotonic()
            self._fresh.extend(events)
            self._wake.notify_all()

    def set_faults(self, values: Json) -> None:
        """Raises:
        TypeError: a name is unknown.
        """
        with self._wake:
            self.faults = replace(self.faults, **values)
            self._wake.notify_all()

    def lose(self, loss: Loss) -> None:
        """From now on."""
        with self._wake:
            self.losses.append(loss)

    def lose_no_more(self, portal_id: int | None) -> int:
        """End the losses of a portal, or all. Says how many events they took."""
        with self._wake:
            ended = [loss for loss in self.losses if portal_id in (None, loss.portal)]
            self.losses = [loss for loss in self.losses if portal_id not in (None, loss.portal)]
            return sum(loss.lost for loss in ended)

    def retry_now(self) -> None:
        """Make everything that waits for its turn due."""
        with self._wake:
            self._waiting = [(0.0, order, delivery) for _, order, delivery in self._waiting]
            heapq.heapify(self._waiting)
            self._wake.notify_all()

    def counts(self) -> Json:
        with self._wake:
            return {
                "fresh": len(self._fresh),
                "waiting": len(self._waiting),
                "in_flight": sum(self._in_flight.values()),
                "attempts": len(self._log),
            }

    def log(self) -> list[Json]:
        """Every attempt, oldest first."""
        with self._wake:
            return list(self._log)

    def wait_until_idle(self, timeout_s: float = 10.0) -> bool:
        """Whether all deliveries were answered (or given up) in time."""
        with self._wake:
            return self._wake.wait_for(
                lambda: not (self._fresh or self._waiting or sum(self._in_flight.values())), timeout_s
            )

    def _run(self) -> None:
        with self._wake:
            while self._running:
                self._bundle_fresh()
                for delivery in self._take_due():
                    self._submit(delivery)
                self._wake.notify_all()
                self._wake.wait(self._sleep_s())

    def _sleep_s(self) -> float | None:
        """Until the next thing is due; for ever when only a notification can bring work."""
        moments = []
        if self._fresh:
            moments.append(self._fresh_since + self.app.webhook_interval_s)
        if self._waiting and not self.faults.paused:
            moments.append(self._waiting[0][0])
        return max(0.001, min(moments) - time.monotonic()) if moments else None

    def _bundle_fresh(self) -> None:
        now = time.monotonic()
        if not self._fresh or now < self._fresh_since + self.app.webhook_interval_s:
            return
        events, self._fresh = self._fresh, []
        if self.faults.reorder:
            events.reverse()
        for bundle in bundles(events, mix_portals=self.switches.mixed_portals_in_delivery):
            if self.faults.drop > 0:
                self.faults.drop -= 1
                continue
            for _ in range(1 + self.faults.duplicate):
                self._schedule(
                    Delivery([dict(event) for event in bundle], now + self.faults.delay_s, generation=self._generation)
                )

    def _schedule(self, delivery: Delivery) -> None:
        heapq.heappush(self._waiting, (delivery.due, next(self._order), delivery))

    def _take_due(self) -> list[Delivery]:
        if self.faults.paused:
            return []
        now = time.monotonic()
        taken, crowded = [], []
        while self._waiting and self._waiting[0][0] <= now:
            entry = heapq.heappop(self._waiting)
            portal = entry[2].portals[0]
            if self._in_flight[portal] >= self.app.webhook_concurrency:
                crowded.append((now + 0.01, entry[1], entry[2]))
                continue
            self._in_flight[portal] += 1
            taken.append(entry[2])
        for item in crowded:
            heapq.heappush(self._waiting, item)
        return taken

    def _submit(self, delivery: Delivery) -> None:
        assert self._pool is not None
        self._pool.submit(self._attempt, delivery)

    def _attempt(self, delivery: Delivery) -> None:
        portal = delivery.portals[0]
        try:
            delivery.events = [event for event in delivery.events if self._is_still_heard(event)]
            if delivery.events and self.app.webhook_url:
                self._send(delivery)
        finally:
            with self._wake:
                self._in_flight[portal] -= 1
                self._wake.notify_all()

    def _is_still_heard(self, event: Json) -> bool:
        name = event.get("objectTypeId") or event["subscriptionType"].partition(".")[0]
        return self._hears_of(event["portalId"], BY_NAME[name])

    def _send(self, delivery: Delivery) -> None:
        body = delivery.body()
        answer = self.sender.send(body, self.sender.headers(body, self.app.webhook_url), self.app.webhook_url)
        with self._wake:
            if delivery.generation != self._generation:
                return
            self._log.append(
                {
                    "time": iso(now_ms()),
                    "portals": delivery.portals,
                    "attempt": delivery.attempt,
                    "events": len(delivery.events),
                    "types": sorted({event["subscriptionType"] for event in delivery.events}),
                    "status": answer["status"],
                    "latency_ms": answer["latency_ms"],
                }
            )
            if not 200 <= answer["status"] < 300 and delivery.attempt < self.app.webhook_max_retries:
                self._try_again(delivery)

    def _try_again(self, delivery: Delivery) -> None:
        delays = self.app.webhook_retry_delays_s or [0.0]
        delivery.due = time.monotonic() + delays[min(delivery.attempt, len(delays) - 1)]
        delivery.attempt += 1
        for event in delivery.events:
            event["attemptNumber"] = delivery.attempt
            if not self.switches.event_id_stable_on_retry:
                event["eventId"] = self._writer.event_id()
        self._schedule(delivery)
