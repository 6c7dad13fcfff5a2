"""Sessions: one visitor's requests without a long silence."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scenarios.workload.session import SESSION_GAP_S, sessions_of
from scenarios.workload.session_copies import session_copies

requests = st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 3)), min_size=1, max_size=60)


def sessions(pairs):
    at_s = np.array([at for at, _ in pairs], dtype=np.float64)
    who = np.array([who for _, who in pairs], dtype=np.int64)
    made = sessions_of(at_s, who)
    bounds = zip(made.first[:-1], made.first[1:], strict=True)
    return [[int(row) for row in made.order[a:b]] for a, b in bounds]


def naive_sessions(pairs):
    """The definition, request by request."""
    open_sessions, done = {}, []
    for row in sorted(range(len(pairs)), key=lambda row: pairs[row][0]):
        at_s, who = pairs[row]
        current = open_sessions.get(who)
        if current is None or at_s - pairs[current[-1]][0] > SESSION_GAP_S:
            current = open_sessions[who] = []
            done.append(current)
        current.append(row)
    return done


@given(requests)
def test_sessions_are_those_of_the_definition(pairs):
    assert sessions(pairs) == naive_sessions(pairs)


def test_a_silence_of_just_half_an_hour_does_not_end_a_session():
    assert sessions([(0, 0), (1800, 0), (3601, 0)]) == [[0, 1], [2]]


def test_requests_of_one_second_keep_the_order_of_the_file():
    assert sessions([(5, 0), (5, 0), (4, 0), (5, 0)]) == [[2, 0, 1, 3]]


arrivals = st.lists(st.floats(0, 5_000), min_size=1, max_size=40).map(
    lambda each: np.sort(np.array(each) - min(each))
)


@given(arrivals, st.integers(1, 5), st.integers(0, 9))
def test_every_session_plays_the_same_number_of_times(arrival_s, copies, seed):
    played, at_s = session_copies(arrival_s, copies=copies, shift_s=30, seed=seed)
    assert np.bincount(played, minlength=len(arrival_s)).tolist() == [copies] * len(arrival_s)
    assert np.all(np.diff(at_s) >= 0)
    assert at_s.min() == 0
    assert at_s.max() <= arrival_s.max()
    assert np.all(np.abs(at_s - arrival_s[played]) <= 30)


@given(arrivals, st.floats(0.05, 3), st.floats(0.05, 3), st.integers(0, 9))
def test_what_plays_at_few_copies_plays_at_more(arrival_s, one, other, seed):
    few, many = (
        set(zip(*map(np.ndarray.tolist, made), strict=True))
        for made in (
            session_copies(arrival_s, copies=copies, shift_s=30, seed=seed)
            for copies in sorted((one, other))
        )
    )
    assert few <= many


def test_the_first_copy_of_a_session_keeps_its_instant():
    arrival_s = np.arange(0.0, 900.0, 7.0)
    played, at_s = session_copies(arrival_s, copies=3, shift_s=30, seed=1)
    for session, own_s in enumerate(arrival_s):
        assert own_s in at_s[played == session]


def test_a_fraction_of_copies_plays_that_share_of_sessions():
    """Binomial(10,000, 1/2): six standard deviations are 300."""
    played, _ = session_copies(np.arange(10_000.0), copies=2.5, shift_s=30, seed=4)
    assert abs(len(played) - 25_000) < 300


def test_copies_do_not_gather_at_the_ends_of_the_log():
    """One session at the very start: its copies spread over the shift, not at 0."""
    arrival_s = np.array([0.0, 1000.0])
    played, at_s = session_copies(arrival_s, copies=1000, shift_s=30, seed=4)
    assert np.count_nonzero(at_s[played == 0] == 0) == 1
