"""Clients that write and score while something breaks, and what they were promised."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import select

from leadcast.store import Store, tables

CLIENTS = 4


@dataclass
class Traffic:
    """``with Traffic(port, ids, as_of) as traffic``: leads and events with ids of their own, and scores of known leads.

    Attributes
    ----------
    leads, events : ids of what was acknowledged with 200
    scores : every (id, target, probability) that was answered
    statuses : of all answers, by what was asked
    codes : of answers that were refusals
    seconds : (when it was asked, how long it took) of every answer
    cut : requests without an answer
    """

    port: int
    ids: Sequence[str]
    as_of: str
    pause: float = 0.02
    name: str = "fault"
    leads: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    scores: list[tuple[str, str, float]] = field(default_factory=list)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    seconds: list[tuple[float, float]] = field(default_factory=list)
    cut: int = 0

    def __enter__(self) -> "Traffic":
        self.over, self.lock, self.number = threading.Event(), threading.Lock(), 0
        self.threads = [threading.Thread(target=self._go_on, args=(n,), daemon=True) for n in range(CLIENTS)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(60)

    def wait_for(self, more: int, status: int = 200, seconds: float = 90) -> None:
        """Until so many more writes were answered so."""
        aim = self.writes(status) + more
        deadline = time.monotonic() + seconds
        while self.writes(status) < aim:
            assert time.monotonic() < deadline, f"{self.statuses}, {self.codes}, {self.cut} cut"
            time.sleep(0.02)

    def writes(self, status: int = 200) -> int:
        return self.statuses["leads", status] + self.statuses["events", status]

    def p99(self, since: float = 0.0) -> float:
        return float(np.quantile([took for at, took in self.seconds if at >= since], 0.99))

    def check(self, store: Store, expected: dict[tuple[str, str], float]) -> None:
        """Everything that was acknowledged is there, and no score was another than that of its moment."""
        with store.reading() as connection:
            leads = set(connection.scalars(select(tables.leads.c.lead_id)))
            events = set(connection.scalars(select(tables.events.c.event_id)))
        assert self.leads and self.leads <= leads, sorted(self.leads - leads)[:5]
        assert self.events and self.events <= events, sorted(self.events - events)[:5]
        wrong = [score for score in self.scores if expected[score[:2]] != score[2]]
        assert self.scores and wrong == [], (len(wrong), wrong[:3])

    def _go_on(self, client: int) -> None:
        number = 0
        while not self.over.wait(self.pause):
            number += 1
            kind = ("leads", "events", "score")[number % 3]
            began = time.monotonic()
            try:
                status, said = self._ask(kind, f"{client}-{number}")
            except (OSError, http.client.HTTPException, ValueError):
                self.cut += 1
                continue
            with self.lock:
                self.seconds.append((began, time.monotonic() - began))
                self._note(kind, f"{client}-{number}", status, said)

    def _ask(self, kind: str, mark: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            method, path, body = self._request(kind, mark)
            connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def _request(self, kind: str, mark: str) -> tuple[str, str, dict[str, Any]]:
        if kind == "leads":
            return "PUT", "/v1/leads", {"items": [{"lead_id": f"{self.name} {mark}"}]}
        if kind == "events":
            item = {"lead_id": self.ids[0], "type": "call", "event_id": f"{self.name} {mark}"}
            return "PUT", "/v1/events", {"items": [{**item, "occurred_at": "2026-06-29T08:00:00Z"}]}
        return "POST", "/v1/score/leads", {"ids": list(self.ids), "as_of": self.as_of, "explain": False}

    def _note(self, kind: str, mark: str, status: int, said: Any) -> None:
        self.statuses[kind, status] += 1
        if status != 200:
            self.codes[said["code"]] += 1
        elif kind == "score":
            self.scores += [(score["entity_id"], score["target"], score["probability"])
                            for result in said["results"] for score in result["scores"]]
        else:
            assert said["results"][0]["status"] == "created", said
            (self.leads if kind == "leads" else self.events).add(said["results"][0]["id"])
