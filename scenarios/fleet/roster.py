"""The workers of a running fleet: what each may do, who is lost, and who carries on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scenarios.fleet.clock_offset import LARGEST_UNCERTAINTY_S
from scenarios.fleet.duty import Duties, Duty
from scenarios.fleet.member import Member
from scenarios.fleet.plan_cursor import PlanCursor
from scenarios.fleet.protocol import AHEAD_S, ALL_STARTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """`worker` was given up at `at_s`. Others carry on from the visit `from_index`, which is due
    at `from_s`: `heirs` are their numbers."""

    worker: int
    at_s: float
    why: str
    from_index: int
    from_s: float
    heirs: tuple[int, ...]


class Roster:
    """Grants and duties of `members`, on the run clock that `now_s` reads."""

    def __init__(
        self, members: Sequence[Member], cursor: PlanCursor, now_s: Callable[[], float]
    ) -> None:
        self.members = {each.client: each for each in members}
        self.duties = Duties([each.number for each in members])
        self.losses: list[Loss] = []
        self._cursor = cursor
        self._now_s = now_s

    def up(self) -> list[Member]:
        return [each for each in self.members.values() if each.is_up]

    def playing(self) -> list[Member]:
        return [each for each in self.members.values() if each.standing == "playing"]

    def extend(self, member: Member) -> None:
        """Grants `member` the visits until AHEAD_S from now; nothing more once it is to go or does
        not hear us."""
        now_s = self._now_s()
        if member.standing == "playing" and member.listens(now_s):
            reach = self._cursor.index_at(now_s + AHEAD_S)
            member.granted_index = max(member.granted_index, reach)

    def lose(self, member: Member, why: str, *, is_dead: bool) -> Loss:
        """Gives up `member`; others carry on where it cannot have started anything: at the end
        of its grant, or from now on when it `is_dead` for certain."""
        from_index = member.granted_index
        now_s = self._now_s()
        if is_dead:
            from_index = min(from_index, self._cursor.index_at(now_s + LARGEST_UNCERTAINTY_S))
        member.standing = "lost"
        heirs = [each.number for each in self.playing()]
        given = self.duties.pass_on(member.number, heirs, from_index=from_index)
        loss = Loss(
            worker=member.number,
            at_s=now_s,
            why=why,
            from_index=from_index,
            from_s=self._cursor.instant_of(from_index),
            heirs=tuple(sorted({each.worker for each in given})),
        )
        self.losses.append(loss)
        return loss

    def let_go(self, member: Member) -> None:
        """`member` wants to leave: it plays to the end of its grant, others carry on there."""
        member.standing = "leaving"
        heirs = [each.number for each in self.playing()]
        self.duties.pass_on(member.number, heirs, from_index=member.granted_index)

    def has_started_all(self, member: Member) -> bool:
        """Whether every visit of the duties of `member` has been started, as it reports."""
        through = member.report.started_through
        return all(
            through.get(each.number) == ALL_STARTED for each in self.duties.of(member.number)
        )

    def duties_of(self, member: Member) -> tuple[Duty, ...]:
        return self.duties.of(member.number)
