"""A load session under plain Locust: its options come from Locust's command line and page."""

from __future__ import annotations

from argparse import Namespace

from gevent.event import AsyncResult
from locust.env import Environment

from reports.record.manifest import Ending
from reports.record.outcome import Outcome
from scenarios.rehearsal.plan_request import RunRequest
from scenarios.rehearsal.run_request import requested_run
from scenarios.shoppers.crowd import feed_locust_screen
from scenarios.shoppers.load_run import LoadRun
from scenarios.shoppers.load_session import LoadSession
from scenarios.shoppers.player import GRACE_S


def locust_run(environment: Environment, options: Namespace) -> LoadRun:
    """What Locust's options ask for. Raises what `requested_run` raises."""
    request = RunRequest(
        campaign=options.campaign,
        target=environment.host,
        adapter=options.adapter,
        seed=options.seed,
        verb="locust",
    )
    return requested_run(request)


class LocustSession:
    """Opened when Locust's test starts, closed when it has stopped."""

    def __init__(self, environment: Environment, options: Namespace) -> None:
        def on_action(step: str, response_time_s: float, outcome: Outcome) -> None:
            feed_locust_screen(environment, step, response_time_s, outcome)

        self._run = locust_run(environment, options)
        self._session = LoadSession(self._run, on_action=on_action)
        self.player = self._session.player
        self.live = self._session.live
        self.ending: AsyncResult[Ending] = AsyncResult()

    def stop(self) -> None:
        """Somebody pressed Stop, or the plan has ended: the actions in flight may end."""
        if not self.ending.ready():
            self.player.stop.ask("interrupted", "stopped on Locust's page")
            self.ending.wait(timeout=GRACE_S + 1)

    def close(self) -> str:
        """Finishes the record and returns its directory."""
        ending = self.ending.get() if self.ending.ready() else None
        self._session.finish(ending or Ending(reason="interrupted", at_s=0.0, detail="cut off"))
        return str(self._run.directory)
