"""The same lines of stations by other packages, each as its own documentation shows, without
traces, and with what it records by itself and cannot leave out.

Ciw writes a record of every service. Salabim's components are generators, which are faster in it
than its greenlets, and the monitors of its resources are off. SimPy is used as it is taught: a
process for each customer, a resource for each station. Python's own random numbers are the
fastest for all who let one choose.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import ciw
import salabim
import simpy

from tests.benchmarks.processor_time import timed
from tests.benchmarks.simulation_line import ARRIVAL_RATE_PER_S, Line, Trial


def by_ciw(line: Line, customers: int, seed: int) -> Trial:
    stations, exponential = len(line.servers), ciw.dists.Exponential
    network = ciw.create_network(
        arrival_distributions=[exponential(rate=ARRIVAL_RATE_PER_S)] + [None] * (stations - 1),
        service_distributions=[exponential(rate=1 / mean_s) for mean_s in line.mean_service_s],
        number_of_servers=list(line.servers),
        routing=[[float(to == at + 1) for to in range(stations)] for at in range(stations)],
    )
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    _, processor_s = timed(lambda: simulation.simulate_until_max_customers(customers))
    waits_s = [each.waiting_time for each in simulation.get_all_records()]
    return Trial(
        customers=customers,
        processor_s=processor_s,
        waiting_time_s=sum(waits_s) / len(waits_s) * stations,
    )


def by_simpy(line: Line, customers: int, seed: int) -> Trial:
    clock, draw = simpy.Environment(), random.Random(seed).expovariate
    desks = [simpy.Resource(clock, servers) for servers in line.servers]
    stations = [(desk, 1 / mean_s) for desk, mean_s in zip(desks, line.mean_service_s, strict=True)]
    waited_s = 0.0

    def customer():
        nonlocal waited_s
        for desk, rate in stations:
            arrived_s = clock.now
            with desk.request() as asked:
                yield asked
                waited_s += clock.now - arrived_s
                yield clock.timeout(draw(rate))

    def source():
        for _ in range(customers):
            yield clock.timeout(draw(ARRIVAL_RATE_PER_S))
            clock.process(customer())

    clock.process(source())
    _, processor_s = timed(clock.run)
    return Trial(customers=customers, processor_s=processor_s, waiting_time_s=waited_s / customers)


def by_salabim(line: Line, customers: int, seed: int) -> Trial:
    clock = salabim.Environment(trace=False, yieldless=False)
    draw = random.Random(seed).expovariate
    desks = [unwatched_desk(clock, servers) for servers in line.servers]
    stations = [(desk, 1 / mean_s) for desk, mean_s in zip(desks, line.mean_service_s, strict=True)]
    waited_s = 0.0

    class Customer(salabim.Component):
        def process(self):
            nonlocal waited_s
            for desk, rate in stations:
                arrived_s = clock.now()
                yield self.request(desk)
                waited_s += clock.now() - arrived_s
                yield self.hold(draw(rate))
                self.release(desk)

    class Source(salabim.Component):
        def process(self):
            for _ in range(customers):
                yield self.hold(draw(ARRIVAL_RATE_PER_S))
                Customer()

    Source()
    _, processor_s = timed(clock.run)
    return Trial(customers=customers, processor_s=processor_s, waiting_time_s=waited_s / customers)


def unwatched_desk(clock: salabim.Environment, servers: int) -> Any:
    desk = salabim.Resource(capacity=servers, env=clock)
    for monitor in desk.all_monitors():
        monitor.monitor(False)
    for queue in (desk.requesters(), desk.claimers()):
        queue.length.monitor(False)
        queue.length_of_stay.monitor(False)
    return desk


PEERS: dict[str, Callable[[Line, int, int], Trial]] = {
    "ciw": by_ciw,
    "salabim": by_salabim,
    "simpy": by_simpy,
}
