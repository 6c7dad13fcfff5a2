"""Locust's side of the player: one Locust user that stands for the whole crowd.

Locust gives the runner, the web page and later the workers. It does not pace: arrivals are open
and come from the plan, so one user of fixed count plays them all. Its statistics are fed for its
own screen only; no verdict is taken from them.
"""

from __future__ import annotations

from typing import ClassVar

from gevent.event import AsyncResult
from locust import LoadTestShape, User, task
from locust.env import Environment
from locust.exception import StopUser

from reports.record.manifest import Ending
from reports.record.outcome import Outcome
from scenarios.shoppers.playing import Playing


class Crowd(User):
    """Plays the class's `player` once and leaves its ending, or its error, in `ending`."""

    abstract = True
    fixed_count = 1
    player: ClassVar[Playing]
    ending: ClassVar[AsyncResult[Ending]] = AsyncResult()

    @task
    def play(self) -> None:
        try:
            self.ending.set(self.player.play())
        except Exception as error:
            self.ending.set_exception(error)
        raise StopUser


class PlannedShape(LoadTestShape):
    """Tells Locust that one user is wanted until the plan of `crowd` has been played."""

    abstract = True
    crowd: ClassVar[type[Crowd]]

    def reset_time(self) -> None:
        """Locust's word that a test begins: the ending of the one before counts no longer."""
        super().reset_time()  # type: ignore[no-untyped-call]
        self.crowd.ending = AsyncResult()

    def tick(self) -> tuple[int, float] | None:
        return None if self.crowd.ending.ready() else (1, 1.0)


def play_under_locust(player: Playing) -> Ending:
    """Runs `player` on a local Locust runner without a web page, to its end."""
    result: AsyncResult[Ending] = AsyncResult()
    crowd = type("PlannedCrowd", (Crowd,), {"player": player, "ending": result})
    runner = Environment(user_classes=[crowd]).create_local_runner()
    runner.start(1, spawn_rate=1)
    try:
        ending = result.get()
    finally:
        runner.quit()
    assert ending is not None
    return ending


def feed_locust_screen(environment: Environment, step: str, seconds: float, out: Outcome) -> None:
    """One action for Locust's statistics, which its web page shows."""
    if out is Outcome.NOT_SENT:
        return  # nothing was sent that took any time
    failed = out in (Outcome.FAILED, Outcome.TIMED_OUT, Outcome.ABANDONED)
    environment.events.request.fire(  # type: ignore[no-untyped-call]
        request_type="action",
        name=step,
        response_time=seconds * 1000,
        response_length=0,
        exception=RuntimeError(out.word) if failed else None,
        context={},
    )
