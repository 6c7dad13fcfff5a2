"""The master before the run: waits for the workers, gives each its job, until all are ready."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from scenarios.fleet.member import Member
from scenarios.fleet.post import MasterPost, Parcel
from scenarios.fleet.protocol import (
    EXCHANGES_BEFORE,
    FleetError,
    Grant,
    Hello,
    Job,
    ProtocolError,
    Ready,
    Refusal,
    Report,
    heard,
)

TURN_S = 0.05


class Muster:
    """Gathers `wanted` workers that can play `job`, whose plan has `digest`.

    Only workers of the same `version` are taken: another one might draw another plan or write
    other rows. `say` is told who has come.
    """

    def __init__(
        self, post: MasterPost, job: Job, *, wanted: int, digest: str, version: str,
        say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._post = post
        self._job = job
        self._wanted = wanted
        self._digest = digest
        self._version = version
        self._say = say
        self._members: dict[str, Member] = {}
        self._ready: set[str] = set()

    def gather(self, trouble: Callable[[], str]) -> list[Member]:
        """The workers, ready, with their clocks compared. Raises FleetError when one of them
        cannot play the job, or when there is `trouble()`."""
        while not self._is_complete():
            if why := trouble():
                raise FleetError(why)
            self._forget_who_has_gone()
            if parcel := self._post.receive(within_s=TURN_S):
                try:
                    self._hear(parcel)
                except ProtocolError as error:
                    self._say(f"a message of {parcel.client} was not understood: {error}")
        return list(self._members.values())

    def _is_complete(self) -> bool:
        compared = [
            each
            for each in self._members.values()
            if each.client in self._ready and each.report.exchanges >= EXCHANGES_BEFORE
        ]
        return len(compared) == self._wanted

    def _forget_who_has_gone(self) -> None:
        """Frees the place of a worker that was ready and says nothing any more. One that is still
        getting ready may be silent: it reads a log."""
        for client in list(self._ready):
            member = self._members[client]
            if member.is_silent(time.perf_counter()):
                self._ready.discard(client)
                del self._members[client]
                self._say(f"{member.title} has gone again")

    def _hear(self, parcel: Parcel) -> None:
        if parcel.kind == Hello.__name__:
            self._greet(parcel.client, heard(Hello, parcel.data))
        elif parcel.client in self._members:
            member = self._members[parcel.client]
            member.heard_s = parcel.at_s
            if parcel.kind == Ready.__name__:
                self._check(member, heard(Ready, parcel.data))
            elif parcel.kind == Report.__name__:
                member.report = heard(Report, parcel.data)
                echo_at_s = member.report.sent_at_s
                grant = Grant(
                    echo_at_s=echo_at_s, heard_at_s=parcel.at_s, sent_at_s=time.perf_counter()
                )
                self._post.send(parcel.client, grant)

    def _greet(self, client: str, hello: Hello) -> None:
        if hello.version != self._version:
            why = f"this worker is doorbuster {hello.version}, the master is {self._version}"
            self._post.send(client, Refusal(why=why))
            self._say(f"refused a worker on {hello.host}: it is doorbuster {hello.version}")
            return
        if client not in self._members:
            if len(self._members) == self._wanted:
                self._post.send(client, Refusal(why="the fleet is complete"))
                return
            taken = {each.number for each in self._members.values()}
            number = min(set(range(1, self._wanted + 1)) - taken)
            member = Member(number=number, client=client, hello=hello)
            self._members[client] = member
            self._say(f"{len(self._members)} of {self._wanted} workers: {member.title}")
        self._post.send(client, replace(self._job, worker=self._members[client].number))

    def _check(self, member: Member, ready: Ready) -> None:
        if ready.trouble:
            raise FleetError(f"{member.title} cannot play this: {ready.trouble}")
        if ready.digest != self._digest:
            raise FleetError(
                f"{member.title} draws other visits from the same campaign and seed: are its "
                "libraries of other versions (numpy)?"
            )
        self._ready.add(member.client)
