"""A load run in the audit log: a line before anything is sent, and one when it has ended."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from reports.record.manifest import Ending
from scenarios.guards.audit_log import AuditError, Entry, append
from scenarios.shoppers.load_run import LoadRun


class Audit:
    """The lines of `run`. The last one is written once, whoever is the first to know the end."""

    def __init__(self, run: LoadRun) -> None:
        self._run = run
        self._closed = run.protection.audit_file is None
        self._append("started", _what_of(run))

    def ended(self, ending: Ending, *, started_visits: int) -> None:
        """Writes down how the run ended. Raises AuditError."""
        self._close(
            {
                "reason": ending.reason,
                "detail": ending.detail,
                "at_s": round(ending.at_s, 3),
                "started_visits": started_visits,
            }
        )

    def lost(self, why: str) -> None:
        """Writes down that the run ended by an error, where nothing has been so far."""
        with suppress(AuditError):
            self._close({"reason": "lost", "detail": why})

    def _close(self, entry: Entry) -> None:
        self._append("ended", {"run_id": self._run.run_id, **entry})
        self._closed = True

    def _append(self, event: str, entry: Entry) -> None:
        file = self._run.protection.audit_file
        if file is not None and not self._closed:
            append(file, event, entry)


@contextmanager
def audited(run: LoadRun) -> Iterator[Audit]:
    """Writes down that `run` starts, and in the end that it was lost if nobody said otherwise.

    Raises AuditError when it cannot be written down: then nothing may be sent.
    """
    audit = Audit(run)
    why = "the run was left before its end"
    try:
        yield audit
    except BaseException as error:
        why = f"{type(error).__name__}: {error}"
        raise
    finally:
        audit.lost(why)


def _what_of(run: LoadRun) -> Entry:
    host, port = run.address
    return {
        "verb": run.verb,
        "run_id": run.run_id,
        "campaign": run.plan.name,
        "seed": run.plan.seed,
        "plan_sha256": hashlib.sha256(run.plan.text.encode()).hexdigest(),
        "expected_visits": round(run.plan.expected_visits),
        "peak_rate_per_s": run.plan.peak_rate_per_s,
        "duration_s": run.plan.duration_s,
        "url": run.url,
        "address": f"{host}:{port}",
        "environment": run.environment,
        "record": str(run.directory),
    }
