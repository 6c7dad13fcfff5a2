"""Closed forms of Markovian queues against their chains, on random parameter sets."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from sim.closed_form import erlang, erlang_a
from sim.closed_form.fork_join import fork_join_response_s
from sim.closed_form.general_service import mg1, processor_sharing
from tests.laws.markov_chain import after, birth_death, stationary

SETS = 200


def random_sets(seed: int, count: int = SETS):
    for index in range(count):
        yield np.random.default_rng([seed, index])


def queue_chances(rate_per_s: float, service_s: float, servers: int, most: int) -> np.ndarray:
    busy = np.minimum(np.arange(1, most + 1), servers)
    return birth_death(np.full(most, rate_per_s), busy / service_s)


def enough(rho: float, least: float = 1e-15) -> int:
    return int(np.log(least) / np.log(rho)) + 2


def test_m_m_c_has_the_means_and_tails_of_its_chain():
    for random in random_sets(1):
        servers, rho = int(random.integers(1, 40)), random.uniform(0.05, 0.9)
        service_s = random.uniform(0.01, 5)
        given = {
            "arrival_rate_per_s": rho * servers / service_s,
            "mean_service_s": service_s,
            "servers": servers,
        }
        waiting = enough(rho)
        chances = queue_chances(given["arrival_rate_per_s"], service_s, servers, servers + waiting)
        queued = chances[servers:]
        state = erlang.mmc(**given)
        assert state.wait_ratio == pytest.approx(queued.sum(), rel=1e-9)
        assert state.queue_length == pytest.approx(queued @ np.arange(waiting + 1), rel=1e-9)
        assert state.in_station == pytest.approx(chances @ np.arange(len(chances)), rel=1e-9)
        t_s = random.uniform(0, 3) * service_s
        onward = np.full(waiting + 1, servers / service_s)
        gone = after(queued, onward, 0.0, t_s)
        longer = erlang.waiting_tail_ratio(t_s, **given)
        assert longer == pytest.approx(queued.sum() - gone[-1], abs=1e-11)
        # the service is one more stage, at which those who do not wait begin
        stages = np.concatenate(([chances[:servers].sum()], queued))
        onward = np.concatenate(([1 / service_s], onward))
        gone = after(stages, onward, 0.0, t_s)
        longer = erlang.response_tail_ratio(t_s, **given)
        assert longer == pytest.approx(1 - gone[-1], abs=1e-11)


def test_m_m_c_k_has_the_means_of_its_chain():
    for random in random_sets(2):
        servers = int(random.integers(1, 60))
        places = servers + int(random.integers(0, 80))
        load, service_s = servers * random.uniform(0.02, 3), random.uniform(0.01, 5)
        state = erlang.mmck(
            arrival_rate_per_s=load / service_s,
            mean_service_s=service_s,
            servers=servers,
            places=places,
        )
        chances = queue_chances(load / service_s, service_s, servers, places)
        beyond = np.maximum(np.arange(places + 1) - servers, 0)
        assert state.blocking_ratio == pytest.approx(chances[-1], rel=1e-9)
        assert state.queue_length == pytest.approx(chances @ beyond, rel=1e-9)
        assert state.in_station == pytest.approx(chances @ np.arange(places + 1), rel=1e-9)
        admitted = 1 - chances[-1]
        assert state.wait_ratio == pytest.approx(
            chances[servers:-1].sum() / admitted, rel=1e-9, abs=1e-300
        )


def test_erlang_a_has_the_means_and_tails_of_its_chain():
    for random in random_sets(3):
        desk = erlang_a.Desk(
            arrival_rate_per_s=1.0,
            mean_service_s=(service_s := random.uniform(0.5, 20)),
            servers=(servers := max(1, int(service_s / random.uniform(0.3, 1.6)))),
            mean_patience_s=(patience_s := random.uniform(0.1, 5) * service_s),
        )
        most = int(desk.y + 12 * np.sqrt(desk.y) + 40)
        number = np.arange(1, servers + most + 1)
        leave = np.minimum(number, servers) / service_s
        leave += np.maximum(number - servers, 0) / patience_s
        chances = birth_death(np.ones(servers + most), leave)
        queued, ahead = chances[servers:], np.arange(most + 1)
        state = erlang_a.erlang_a(desk)
        assert state.wait_ratio == pytest.approx(queued.sum(), rel=1e-9)
        assert state.queue_length == pytest.approx(queued @ ahead, rel=1e-9)
        assert state.abandon_ratio == pytest.approx(queued @ ahead / patience_s, rel=1e-9)
        busy = chances @ np.minimum(np.arange(len(chances)), servers)
        assert state.utilisation_ratio == pytest.approx(busy / servers, rel=1e-9)
        t_s = random.uniform(0, 2) * patience_s
        onward = servers / service_s + ahead / patience_s
        end = after(queued, onward, 1 / patience_s, t_s)
        longer = erlang_a.waiting_tail_ratio(desk, t_s)
        assert longer == pytest.approx(end[:-1].sum(), abs=1e-10)
        answered = erlang_a.answered_within_ratio(desk, t_s)
        assert answered == pytest.approx(1 - queued.sum() + end[-1], abs=1e-10)


def test_m_g_1_has_the_mean_of_the_chain_with_two_kinds_of_customers():
    """Service is exponential with one of two means: the state is how many and whom."""
    for random in random_sets(4):
        share, means_s, rho = random.uniform(0.1, 0.9), random.uniform(0.2, 3, 2), 0.5
        shares = np.array([share, 1 - share])
        mean_s = float(shares @ means_s)
        rate_per_s = rho * random.uniform(0.2, 1.2) / mean_s

        def moves(state, rate_per_s=rate_per_s, shares=shares, means_s=means_s):
            number, kind = state
            if number == 0:
                return [((1, each), rate_per_s * shares[each]) for each in (0, 1)]
            served = 1 / means_s[kind]
            if number == 1:
                return [((2, kind), rate_per_s), ((0, 0), served)]
            onward = [((number - 1, each), served * shares[each]) for each in (0, 1)]
            return [((number + 1, kind), rate_per_s), *onward]

        states = [(0, 0), *itertools.product(range(1, 120), (0, 1))]
        chances = stationary(states, moves)
        expected = mg1(
            arrival_rate_per_s=rate_per_s,
            mean_service_s=mean_s,
            service_cs2=float(2 * shares @ means_s**2) / mean_s**2 - 1,
        )
        number = sum(state[0] * chance for state, chance in chances.items())
        assert expected.in_station == pytest.approx(number, rel=1e-5)


@pytest.mark.parametrize("servers", [1, 3])
def test_processor_sharing_has_the_mean_of_the_chain_whatever_the_service_time(servers):
    """Exponential service of two means (cs2 > 1): the state is how many there are of each."""
    for random in random_sets(5, 10):
        shares = np.array([0.85, 0.15])
        means_s = np.array([random.uniform(0.1, 1), random.uniform(2, 8)])
        mean_s = float(shares @ means_s)
        rate_per_s = random.uniform(0.2, 0.6) * servers / mean_s

        def moves(state, rate_per_s=rate_per_s, shares=shares, means_s=means_s):
            pace = min(1.0, servers / max(sum(state), 1))
            for kind in (0, 1):
                step = (1 - kind, kind)
                yield (state[0] + step[0], state[1] + step[1]), rate_per_s * shares[kind]
                gone = pace * state[kind] / means_s[kind]
                yield (state[0] - step[0], state[1] - step[1]), gone

        states = [each for each in itertools.product(range(46), repeat=2) if sum(each) <= 45]
        chances = stationary(states, moves)
        expected = processor_sharing(
            arrival_rate_per_s=rate_per_s, mean_service_s=mean_s, servers=servers
        )
        number = sum(sum(state) * chance for state, chance in chances.items())
        assert expected.in_station == pytest.approx(number, rel=1e-5)


def joined_response_s(rate_per_s: float, stations: int, most: int) -> float:
    """By Little's law from the mean of the longest queue: whoever is in any is not done."""

    def moves(state):
        yield tuple(each + 1 for each in state), rate_per_s
        for index, each in enumerate(state):
            if each:
                yield (*state[:index], each - 1, *state[index + 1 :]), 1.0

    chances = stationary(itertools.product(range(most + 1), repeat=stations), moves)
    return sum(max(state) * chance for state, chance in chances.items()) / rate_per_s


@pytest.mark.parametrize("rho", [0.1, 0.3, 0.5, 0.6])
def test_fork_join_of_two_is_exact(rho):
    found = fork_join_response_s(arrival_rate_per_s=rho, mean_service_s=1, stations=2)
    assert found == pytest.approx(joined_response_s(rho, 2, 60), rel=1e-6)


@pytest.mark.parametrize("rho", [0.1, 0.3, 0.5])
def test_fork_join_of_three_is_within_the_five_percent_of_its_authors(rho):
    found = fork_join_response_s(arrival_rate_per_s=rho, mean_service_s=1, stations=3)
    assert found == pytest.approx(joined_response_s(rho, 3, 14), rel=0.05)
