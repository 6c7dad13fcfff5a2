"""Doorbuster under plain Locust, with its web page:

    locust -f scenarios/locustfile.py --campaign flash_sale --host http://127.0.0.1:8000

Press Start on the page (or add --headless): the campaign is played once, as `doorbuster run`
plays it, and leaves its record in `runs/`. How many users the page asks for does not matter;
arrivals come from the plan. The tabs "Open model" and "Open model by step" show what was planned
and what became of it; the page's other figures are Locust's own. Verdicts come from the record.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

from locust import events
from locust.env import Environment

from doorbuster import exit_code_of
from reports.slo.exit_code import ExitCode
from scenarios.rehearsal.locust_session import LocustSession, locust_run
from scenarios.rehearsal.locust_tabs import OpenModelTabs
from scenarios.shoppers.crowd import Crowd, PlannedShape

FLEET_OPTIONS = {"--master", "--worker", "--processes"}
SESSIONS: dict[Environment, LocustSession] = {}
TABS: dict[Environment, OpenModelTabs] = {}


class Shoppers(Crowd):
    """The crowd of the campaign that was given on the command line."""


class AsPlanned(PlannedShape):
    """Ends the test when the plan has been played."""

    crowd = Shoppers


@events.init_command_line_parser.add_listener
def add_options(parser: Any) -> None:
    _refuse_a_fleet()
    group = parser.add_argument_group("Doorbuster")
    group.add_argument("--campaign", default="flash_sale", help="A campaign's name or file")
    group.add_argument("--adapter", default="reference", help="reference, or a .yaml or .py file")
    group.add_argument("--seed", type=int, default=None, help="Instead of the campaign's own")


def _refuse_a_fleet() -> None:
    """Locust's own sharing of users would play every visit on every worker. Seen before Locust
    connects to anybody."""
    if FLEET_OPTIONS.intersection(word.partition("=")[0] for word in sys.argv):
        print(
            "several workers are `doorbuster run --workers N` on this machine, or `doorbuster run "
            "--listen HOST:PORT --workers N` and `doorbuster worker --master HOST:PORT` on many",
            file=sys.stderr,
        )
        sys.exit(ExitCode.USAGE)


@events.init.add_listener
def check_options(environment: Environment, **_: Any) -> None:
    """A mistake on the command line ends Locust before anything is started."""
    if environment.parsed_options is None:
        return
    try:
        locust_run(environment, environment.parsed_options)
    except Exception as error:
        if (code := exit_code_of(error)) is None:
            raise
        print(error, file=sys.stderr)
        sys.exit(code)


@events.init.add_listener
def add_tabs(environment: Environment, **_: Any) -> None:
    if environment.web_ui is not None:
        TABS[environment] = OpenModelTabs(environment.web_ui)


@events.test_start.add_listener
def open_session(environment: Environment, **_: Any) -> None:
    assert environment.parsed_options is not None
    session = LocustSession(environment, environment.parsed_options)
    Shoppers.player, Shoppers.ending = session.player, session.ending
    SESSIONS[environment] = session
    if tabs := TABS.get(environment):
        tabs.show(session.live)


@events.test_stopping.add_listener
def stop_session(environment: Environment, **_: Any) -> None:
    if session := SESSIONS.get(environment):
        session.stop()


@events.test_stop.add_listener
def close_session(environment: Environment, **_: Any) -> None:
    if session := SESSIONS.pop(environment, None):
        logging.getLogger("doorbuster").info("record  %s", session.close())
