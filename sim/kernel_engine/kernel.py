"""The loop: the next event, and all that follows from it at once, until Python is needed."""

from __future__ import annotations

from sim.kernel_engine import (
    attempts,
    branching,
    instants,
    polling,
    sharing,
    stations,
    stays,
    stock,
    visits,
)
from sim.kernel_engine.calendar import TASK, is_due_before, take_first
from sim.kernel_engine.compiled import entry, inlined
from sim.kernel_engine.layout import NOBODY, Table, World
from sim.kernel_engine.memory import (
    arrival_at,
    copy_at,
    near_at,
    operation_at,
    seldom,
    station_at,
    task_at,
)
from sim.kernel_engine.tasks import (
    BACKGROUND,
    DEPARTURE,
    OK,
    PAUSE,
    RELEASE,
    ROOT,
    WATCH,
    give_back,
    is_awaited,
)
from sim.kernel_engine.tasks import SENT as SENT_ROLE

(
    END, DEMAND, HOLD, UNHOLD, ADMIT, ATTEMPT, TRY, TRIED, RETRY, CHOICE, FORK, FORKED, LOOKUP,
    FILL, READ, TAKE, SEND, SENT, FAIL, MARK, DECLINE, POLL, ASK, ASKED,
) = range(24)  # fmt: skip
"""Operations."""
OVER, AGENDA, CHUNK, ORDER, ROWS_FULL, TRACES_FULL, MORE_SLOTS, MORE_NEAR, MORE_ACTIONS = range(9)
"""Why the loop stops: the run is over; the next instant of the agenda has come; the chunk of the
plan has been played; units are to be ordered; tables are full or too small."""
SLOTS_A_STEP, ROWS_A_STEP, NEAR_A_STEP, TRACES_A_STEP = 4, 4, 4, 16
"""What one step or event may use up at most."""


@entry
def play_on(world: Table) -> int:
    """Plays until Python is needed, and says why; it may be called again to go on."""
    w = world[0]
    steps = 0
    while True:
        if seldom(steps == 0):
            lacks = _lacks(w)
            if lacks:
                return lacks
            steps = _steps_until_lack(w)
        steps -= 1
        if seldom(w.units_ordered != 0):
            return ORDER
        if w.current >= 0:
            _step(w, w.current)
        elif w.is_playing_arrival:
            w.is_playing_arrival = 0
            if seldom(w.arrival == w.arrivals_in_chunk):
                return CHUNK
            schedule_arrival(w)
        elif seldom(w.freed >= 0):
            slot = w.freed
            w.freed = task_at(w, slot).queue_next
            stays.keep(w, slot)
        elif seldom(w.open == 0):
            return OVER
        elif not _next_event(w):
            return AGENDA


@entry
def change_station(world: Table, which: int, servers: float, slower: float, errors: float) -> None:
    """From now on the station has so many servers a copy, which are so much slower, and so many
    errors; slower first, so that who begins on an added server does so at the speed that holds."""
    w = world[0]
    station = station_at(w, which)
    station.errors = errors
    copies = range(station.first_copy, station.first_copy + station.copies)
    if slower != station.slower:
        station.slower = slower
        if station.is_sharing:
            for copy in copies:
                sharing.advance(w, copy)
                sharing.reschedule(w, copy)
    if servers == station.servers:
        return
    stations.look(w, which)
    before, station.servers = station.servers, servers
    station.level_servers = servers * station.copies
    for copy in copies:
        if station.is_sharing:
            sharing.advance(w, copy)
            n = copy_at(w, copy).busy
            sharing.count(w, copy, n, n, before, servers)
            sharing.reschedule(w, copy)
        else:
            stations.fill(w, copy)


@entry
def change_copy(world: Table, which: int, copy: int, slower: float, errors: float) -> None:
    """From now on that copy of the station is so much slower than the others, and has so many
    more errors."""
    w = world[0]
    station = station_at(w, which)
    place = station.first_copy + copy
    one = copy_at(w, place)
    one.errors = errors
    if slower == one.slower:
        return
    if station.is_sharing:
        sharing.advance(w, place)
    one.slower = slower
    if station.is_sharing:
        sharing.reschedule(w, place)


@inlined
def schedule_arrival(w: World) -> None:
    """The next visit of the chunk is due."""
    w.arrival_s = arrival_at(w, w.arrival).at
    w.arrival_seq = w.seq
    w.seq += 1


@inlined
def _lacks(w: World) -> int:
    """What there is too little of for one more step."""
    if w.free_slots < SLOTS_A_STEP:
        return MORE_SLOTS
    if w.row_limit - w.written_rows < ROWS_A_STEP:
        return ROWS_FULL
    if w.due_near > w.near_limit // 2:
        return MORE_NEAR
    if w.free_actions < w.most_actions:
        return MORE_ACTIONS
    if w.trace_limit - w.written_traces < TRACES_A_STEP:
        return TRACES_FULL
    return 0


@inlined
def _steps_until_lack(w: World) -> int:
    """So many steps may be done before there is too little of anything."""
    return int(
        min(
            w.free_slots // SLOTS_A_STEP,
            (w.row_limit - w.written_rows) // ROWS_A_STEP,
            (w.near_limit // 2 - w.due_near) // NEAR_A_STEP + 1,
            w.free_actions // max(w.most_actions, 1),
            (w.trace_limit - w.written_traces) // TRACES_A_STEP,
        )
    )


@inlined
def _next_event(w: World) -> bool:
    """The next event happens, unless the agenda comes first, or actions have no room."""
    agenda_s, arrival_s = w.agenda_s, w.arrival_s
    if is_due_before(w, min(agenda_s, arrival_s)):
        first = near_at(w, 0)
        if first.at < agenda_s and (
            first.at < arrival_s or (first.at == arrival_s and first.seq < w.arrival_seq)
        ):
            w.now = first.at
            w.events += 1
            _wake(w, take_first(w))
            return True
    if arrival_s >= agenda_s:
        return False
    w.events += 1
    w.is_playing_arrival = 1
    visits.arrive(w)
    return True


@inlined
def _wake(w: World, slot: int) -> None:
    """What was due happens."""
    kind = task_at(w, slot).kind
    if kind == TASK:
        _wake_task(w, slot)
    elif kind == WATCH:
        visits.watch(w, slot)
    elif kind == PAUSE:
        visits.end_pause(w, slot)
    elif kind == DEPARTURE:
        stays.leave_service(w, sharing.depart(w, task_at(w, slot).copy))
    elif kind == RELEASE:
        stock.release(w, slot)
        give_back(w, slot)


@inlined
def _wake_task(w: World, slot: int) -> None:
    task = task_at(w, slot)
    code = operation_at(w, task.pc).code
    if code == TRIED:
        attempts.time_out(w, slot)
    elif task.is_queued:
        stays.abandon(w, slot)
    elif code == DEMAND:
        stays.end_service(w, slot)
    else:
        w.current = slot


@inlined
def _end(w: World, slot: int) -> None:
    """The task has ended; whoever waits for it goes on."""
    task = task_at(w, slot)
    end, role, parent = task.result, task.role, task.parent
    if task.units:
        stock.settle(w, slot, end)
    if seldom(end != OK):
        instants.miss(w, slot, end)
    w.open -= 1
    w.ended += 1
    awaited, is_first = is_awaited(w, slot), task.is_first
    w.current = NOBODY
    give_back(w, slot)
    if role == ROOT:
        if awaited:
            visits.hear(w, parent, end)
    elif is_first:
        task_at(w, parent).result = end
        w.current = parent
    elif awaited and role == BACKGROUND:
        task_at(w, parent).is_done = 1
    elif awaited and role < SENT_ROLE:
        task_at(w, parent).result = end
        w.current = parent


@inlined
def _step(w: World, slot: int) -> None:
    """The task does its next operation. Together with the functions that follow this is one chain
    of comparisons, which becomes one jump."""
    code = operation_at(w, task_at(w, slot).pc).code
    if code == DEMAND:
        stays.demand(w, slot)
    elif code == END:
        _end(w, slot)
    elif code == HOLD:
        stays.hold(w, slot)
    elif code == UNHOLD:
        stays.give_up_server(w, slot)
    else:
        _step_of_attempt(w, slot, code)


@inlined
def _step_of_attempt(w: World, slot: int, code: int) -> None:
    if code == ADMIT:
        instants.admit(w, slot)
    elif code == ATTEMPT:
        attempts.begin_attempt(w, slot)
    elif code == TRY:
        attempts.begin_try(w, slot)
    elif code == TRIED:
        attempts.hear_try(w, slot)
    elif code == RETRY:
        attempts.begin_retry(w, slot)
    else:
        _step_of_branching(w, slot, code)


@inlined
def _step_of_branching(w: World, slot: int, code: int) -> None:
    if code == CHOICE:
        branching.choose(w, slot)
    elif code == FORK:
        branching.begin_fork(w, slot)
    elif code == FORKED:
        branching.hear_branch(w, slot)
    elif code == LOOKUP:
        branching.look_up(w, slot)
    elif code == FILL:
        branching.fill_cache(w, slot)
    else:
        _step_of_stock_or_work(w, slot, code)


@inlined
def _step_of_stock_or_work(w: World, slot: int, code: int) -> None:
    if code == READ:
        stock.read(w, slot)
    elif code == TAKE:
        stock.take(w, slot)
    elif code == SEND:
        branching.send(w, slot)
    elif code == SENT:
        branching.hear_sent(w, slot)
    else:
        _step_at_the_end(w, slot, code)


@inlined
def _step_at_the_end(w: World, slot: int, code: int) -> None:
    if code == FAIL:
        instants.may_fail(w, slot)
    elif code == MARK:
        instants.mark(w, slot)
    elif code == DECLINE:
        polling.decline(w, slot)
    elif code == POLL:
        polling.pause_before_poll(w, slot)
    elif code == ASK:
        polling.ask(w, slot)
    elif code == ASKED:
        polling.hear_answer(w, slot)
