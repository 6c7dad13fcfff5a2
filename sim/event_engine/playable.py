"""Puts the steps of a model into play: every operation gets its name, its parts and its draws."""

from __future__ import annotations

from sim.engine import streams
from sim.event_engine.at_once import (
    AdmissionInPlay,
    FailInPlay,
    MarkInPlay,
    ReadStockInPlay,
    SendInPlay,
    TakeStockInPlay,
)
from sim.event_engine.attempt import AttemptInPlay
from sim.event_engine.branching import ChoiceInPlay, ForkInPlay, LookupInPlay
from sim.event_engine.marks import Marks
from sim.event_engine.platform import Platform, StepInPlay
from sim.event_engine.station import Station
from sim.event_engine.stay import DemandInPlay, HoldInPlay, Place
from sim.event_engine.task import Playable
from sim.model.call import (
    Admission,
    Attempt,
    Call,
    Choice,
    Demand,
    Fail,
    Fork,
    Hold,
    Lookup,
    Mark,
    Operation,
    ReadStock,
    Send,
    TakeStock,
)
from sim.model.naming import named, nested_paths
from sim.model.service_model import nested_calls


def step_in_play(platform: Platform, name: str) -> StepInPlay:
    """The step `name` of the platform's model."""
    step = platform.model.steps[name]
    background = None
    if step.background:
        path = f"{name}/background"
        call = _call(platform, step.background, path)
        background = SendInPlay(platform.clock, name, call, _child_word(path))
    return StepInPlay(
        platform,
        name,
        _call(platform, step.call, f"{name}/call"),
        declined_ratio=step.declined_ratio,
        background=background,
        polling=step.polling,
        poll_call=_call(platform, step.polling.call, f"{name}/poll") if step.polling else (),
    )


def _call(platform: Platform, call: Call, path: str) -> tuple[Playable, ...]:
    return tuple(_playable(platform, name, each) for name, each in named(call, path))


def _playable(platform: Platform, name: str, operation: Operation) -> Playable:
    made = _made(platform, name, operation)
    made.ahead = platform.ahead[name]
    return made


def _made(platform: Platform, name: str, operation: Operation) -> Playable:
    calls = tuple(
        _call(platform, call, path)
        for call, path in zip(nested_calls(operation), nested_paths(operation, name), strict=True)
    )
    match operation:
        case Demand():
            return _demand(platform, name, operation)
        case Attempt():
            return _attempt(platform, name, operation, calls)
        case Choice() | Fork() | Send():
            return _branching(platform, name, operation, calls)
        case Hold() | Lookup():
            return _around(platform, name, operation, calls[0])
        case _:
            return _at_once(platform, name, operation)


def _branching(
    platform: Platform,
    name: str,
    operation: Choice | Fork | Send,
    calls: tuple[tuple[Playable, ...], ...],
) -> Playable:
    match operation:
        case Choice(branches=branches):
            shares = tuple(each.share for each in branches)
            return ChoiceInPlay(platform.uniform(f"{name}/choice"), shares, calls)
        case Fork():
            return ForkInPlay(operation, calls, _child_word(name))
        case Send(name=sent, anew=anew):
            return SendInPlay(platform.clock, sent, calls[0], _child_word(name), anew=anew)


def _around(
    platform: Platform, name: str, operation: Hold | Lookup, call: tuple[Playable, ...]
) -> Playable:
    if isinstance(operation, Hold):
        pool = platform.stations[operation.station]
        assert isinstance(pool, Station), "nobody holds what is shared"
        place = _place(platform, name, operation.station)
        return HoldInPlay(platform.clock, pool, place, call)
    return LookupInPlay(
        platform.clock,
        operation.cache,
        platform.caches[operation.cache],
        call,
        hit=platform.uniform(f"{name}/hit"),
        at_once=operation.fills == "at_once",
    )


def _at_once(platform: Platform, name: str, operation: Operation) -> Playable:
    match operation:
        case Admission(bucket=bucket):
            return AdmissionInPlay(platform.clock, bucket, platform.buckets[bucket])
        case ReadStock():
            return ReadStockInPlay(platform.stock)
        case TakeStock():
            return TakeStockInPlay(operation, platform.stock, platform.uniform(f"{name}/bucket"))
        case Fail():
            return FailInPlay(operation, platform.uniform(f"{name}/fail"))
        case Mark(name=mark):
            marks = platform.marks.setdefault(mark, Marks())
            return MarkInPlay(platform.clock, operation, marks, platform.model.midnight_s)
        case _:
            raise AssertionError(f"{name}: no such operation")


def _demand(platform: Platform, name: str, model: Demand) -> DemandInPlay:
    return DemandInPlay(
        platform.clock,
        model,
        platform.stations[model.station],
        _place(platform, name, model.station),
        chance=platform.uniform(f"{name}/chance"),
        time=platform.durations(model.time, f"{name}/time"),
    )


def _attempt(
    platform: Platform, name: str, model: Attempt, calls: tuple[tuple[Playable, ...], ...]
) -> AttemptInPlay:
    call, fallback = calls
    attempt = AttemptInPlay(
        platform.clock,
        model,
        call,
        fallback,
        child_word=_child_word(name),
        backoff=platform.uniform(f"{name}/backoff"),
    )
    platform.attempts[name] = attempt
    return attempt


def _place(platform: Platform, name: str, station: str) -> Place:
    model = platform.model.stations[station]
    patience = model.patience
    return Place(
        model.copies,
        model.chosen_by,
        copy=platform.uniform(f"{name}/copy"),
        error=platform.uniform(f"{name}/error"),
        patience=platform.durations(patience, f"{name}/patience") if patience else None,
    )


def _child_word(name: str) -> int:
    return streams.word_of(f"{name}/child")
