"""Three real logs; their figures are those counted when they were collected."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from scenarios.workload.access_log import LogTally, logged_requests
from scenarios.workload.log_format import compile_log_format
from scenarios.workload.log_replay import read_replay

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
NETNEA = (
    "%h %{GEOIP_COUNTRY_CODE}e %u [%{%Y-%m-%d %H:%M:%S}t.%{usec_frac}t] "
    r"\"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\" %v %A %p %R %{BALANCER_WORKER_ROUTE}e %X "
    r"\"%{cookie}n\" %{UNIQUE_ID}e %{SSL_PROTOCOL}x %{SSL_CIPHER}x %I %O %{ratio}n%% %D "
    "%{ModSecTimeIn}e %{ApplicationTime}e %{ModSecTimeOut}e "
    "%{ModSecAnomalyScoreIn}e %{ModSecAnomalyScoreOut}e"
)
"""The `extended` LogFormat of netnea's Apache tutorials, as of 2015."""

SEMICOMPLETE = ("access_semicomplete_2015.log.gz", "combined")
NASA = ("access_nasa_19950701_combined.log.gz", "combined")
EXTENDED = ("access_netnea_2015_iso_extended.log.gz", NETNEA)


def real(name):
    file = DATA / name
    if not file.exists():
        pytest.skip(f"the real log {file.name} is not in ../shared/data")
    return file


def read(name, layout):
    tally = LogTally()
    return list(logged_requests(real(name), compile_log_format(layout), tally)), tally


@pytest.mark.parametrize(
    ("log", "requests", "malformed", "backwards"),
    [(SEMICOMPLETE, 9_999, 1, 4_915), (NASA, 9_999, 0, 0), (EXTENDED, 10_000, 0, 1_214)],
)
def test_a_real_log_is_read_to_its_published_count(log, requests, malformed, backwards):
    _, tally = read(*log)
    assert (tally.requests, tally.malformed, tally.backwards) == (requests, malformed, backwards)


def test_a_real_log_has_its_published_clients():
    requests, _ = read(*SEMICOMPLETE)
    assert len({each.client for each in requests}) == 1_753
    assert all(each.instant_s // 60 % 60 == 5 for each in requests)


def test_a_real_log_begins_and_ends_when_published():
    requests, _ = read(*NASA)
    at_s = [each.instant_s for each in requests]
    # 1995-07-01 00:00:01 to 03:39:44 -0400
    assert at_s[0] == 804571201
    assert max(at_s) - at_s[0] == 3 * 3600 + 39 * 60 + 43


def test_a_real_log_has_its_published_durations():
    requests, _ = read(*EXTENDED)
    p50, p95 = np.quantile([each.duration_s for each in requests], [0.5, 0.95])
    assert p50 == pytest.approx(1.08, abs=0.005)
    assert p95 == pytest.approx(10.7, abs=0.05)


@pytest.mark.parametrize("log", [SEMICOMPLETE, NASA, EXTENDED])
def test_a_replay_of_a_real_log_keeps_every_safe_request_for_a_page(log):
    requests, _ = read(*log)
    name, layout = log
    plan = read_replay(real(name), log_format=layout, keep_assets=True)
    safe = [
        each
        for each in requests
        if each.method in ("GET", "HEAD") and each.target.startswith(("/", "http"))
    ]
    assert plan.expected_actions() == {"fetch": len(safe)}
    fetched = Counter(np.concatenate([chunk.path for chunk in plan.chunks()]).tolist())
    assert sum(fetched.values()) == len(safe)
    assert len(fetched) == len(plan.tables.paths)


def test_a_real_log_loses_its_secrets():
    name, layout = EXTENDED
    plan = read_replay(real(name), log_format=layout)
    assert "/EMail/login.aspx?username=scrubbed" in plan.tables.paths
    assert not any("@" in path or "%40" in path for path in plan.tables.paths)
    assert "john.smith" not in f"{plan.notes}{plan.text}"
