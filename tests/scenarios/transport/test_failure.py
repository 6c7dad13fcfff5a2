"""Failure classes: each error of the system has one, and the tree names them all."""

from __future__ import annotations

import errno
import os
import re
import ssl
from typing import get_args

import pytest

from reports.analysis.shortage import SHORTAGES as SHORTAGES_JUDGED
from scenarios.transport import failure
from scenarios.transport.failure import (
    SHORTAGES,
    DeadlineError,
    FailureClass,
    TransportError,
    connect_failure,
    exchange_failure,
)


def test_the_tree_in_the_docstring_has_every_class_once():
    drawn = re.findall(r"^[ |]*[|`]-- (\w+)  ", failure.__doc__, re.MULTILINE)
    classes = get_args(FailureClass)
    assert sorted(each for each in drawn if each in classes) == sorted(classes)


def test_what_reports_call_a_shortage_of_the_players_machine_is_a_class():
    """Reports know classes from records alone: a class renamed here would go unseen there."""
    assert set(SHORTAGES_JUDGED) == SHORTAGES < set(get_args(FailureClass))


def os_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (os_error(errno.ECONNREFUSED), "refused"),
        (os_error(errno.EADDRNOTAVAIL), "no_ports"),
        (os_error(errno.EMFILE), "no_files"),
        (os_error(errno.ENFILE), "no_files"),
        (os_error(errno.ENETUNREACH), "unreachable"),
        (os_error(errno.EHOSTUNREACH), "unreachable"),
        (os_error(errno.ECONNRESET), "connect: reset"),
        (os_error(errno.EACCES), "connect: Permission denied"),
        (os_error(errno.ETIMEDOUT), "connect_timeout"),
        (TimeoutError(), "connect_timeout"),
        (ssl.SSLError(1, "no"), "tls"),
    ],
)
def test_a_connection_that_does_not_come_about_says_why(error, reason):
    failed = connect_failure(error)
    assert failed.reason == reason
    assert isinstance(failed, DeadlineError) == (reason == "connect_timeout")
    assert not failed.unanswered


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (os_error(errno.ECONNRESET), "reset"),
        (os_error(errno.EPIPE), "reset"),
        (os_error(errno.ENETDOWN), "connection: Network is down"),
        (TimeoutError(), "reply_timeout"),
        (ssl.SSLError(1, "record layer failure"), "connection: record layer failure"),
    ],
)
def test_a_connection_that_breaks_says_why_and_whether_a_reply_had_begun(error, reason):
    failed = exchange_failure(error, unanswered=True)
    assert failed.reason == reason
    assert failed.unanswered == (not isinstance(failed, DeadlineError))


@pytest.mark.parametrize(
    ("kind", "requests"), [("reset", 1), ("refused", 1), ("bad_call", 0), ("redirect_loop", 0)]
)
def test_what_was_never_sent_is_no_request(kind, requests):
    assert TransportError(kind).requests == requests
