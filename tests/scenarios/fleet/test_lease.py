"""A worker that hears nothing starts nothing beyond what it was granted, and then ends."""

from __future__ import annotations

import gevent

from scenarios.fleet.lease import Lease
from scenarios.fleet.protocol import SILENT_MASTER_S


class Now:
    at_s = 0.0

    def __call__(self) -> float:
        return self.at_s


def test_only_visits_below_the_horizon_may_be_started():
    lease = Lease(Now())
    assert not lease.allows(0)
    lease.extend(5)
    assert lease.allows(4)
    assert not lease.allows(5)


def test_a_grant_is_never_taken_back():
    lease = Lease(Now())
    lease.extend(5)
    lease.extend(3)
    assert lease.horizon_index == 5


def test_a_lease_runs_out_when_the_master_is_silent():
    now = Now()
    lease = Lease(now)
    now.at_s = SILENT_MASTER_S
    assert not lease.has_run_out()
    now.at_s += 0.1
    assert lease.has_run_out()
    lease.extend(0)
    assert not lease.has_run_out()


def test_who_waits_for_a_longer_lease_goes_on_as_soon_as_it_comes():
    lease = Lease(Now())
    waiting = gevent.spawn(lease.wait_for, 7, lambda: False)
    gevent.sleep(0)
    lease.extend(8)
    assert waiting.get(timeout=10.0) is True


def test_who_waits_in_vain_is_told_so():
    lease = Lease(Now())
    assert lease.wait_for(7, lambda: True) is False
