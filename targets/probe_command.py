"""The verb `target probe`: one shopper through an adapter's whole funnel, every call shown.

Calls go out by the player's own transport: what a probe shows is what a run will send and read.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from reports.slo.exit_code import ExitCode

if TYPE_CHECKING:
    from scenarios.transport.colouring import Colouring, Trail
    from scenarios.transport.transport import Transport
    from targets.adapters.contract import Adapter, Memory, Reply, Request
    from targets.adapters.conversation import Answer
    from targets.adapters.probe import ProbedCall
    from targets.target_file import PermittedTarget

BODY_LINES = 4
LINE_CHARACTERS = 160


@click.command(short_help="Walk an adapter's funnel once and show each call and reply.")
@click.option("--target", "where", required=True, help="URL of the platform, or a target file.")
@click.option("--adapter", help="reference, fetch, or a .yaml or .py file. [default: reference]")
@click.option("--sku", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--quantity", type=click.IntRange(min=1), default=1, show_default=True)
@click.option(
    "--visit",
    "index",
    type=click.IntRange(min=0),
    help="Number of the visit, and so of its shopper. [default: one that no run has]",
)
@click.option("--timeout", "timeout_s", type=click.FloatRange(min=0.1), default=10.0, help="s.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def probe(
    where: str,
    adapter: str | None,
    sku: int,
    quantity: int,
    index: int | None,
    timeout_s: float,
    as_json: bool,
) -> None:
    """Walk every step of an adapter once, in its order, until one does not end ok.

    Shows each call and reply, what was carried, the rule that decided, and whether the platform
    reports the marks back by which it tells rehearsal traffic. Exit code 0 when
    every step ended ok, 1 when one did not, 6 when the platform does not answer.

    \b
    Examples:
      doorbuster target probe --target http://127.0.0.1:8080 --adapter shop.yaml
    """
    from targets.adapters import probe as walk
    from targets.adapters.load import load_adapter
    from targets.target_file import permitted

    allowed = permitted(where, adapter=adapter, peak_rate_per_s=0.0)
    dialect = load_adapter(allowed.adapter)
    number = walk.PROBING_VISIT if index is None else index
    visit = walk.probing_visit(dialect, sku=sku, quantity=quantity, index=number)
    timings_s: list[float] = []
    shown = _print_json if as_json else _print_text
    with _transport_to(allowed) as transport:
        trail = transport.colouring.trail(number, sampled=True)
        answer = _timed(transport, trail, allowed.url, timeout_s, timings_s)
        probed = walk.probe(dialect, visit, answer)
        walked, ended_well = shown(probed, timings_s, dialect, transport.colouring)
    if not ended_well or walked < len(dialect.steps):
        raise SystemExit(ExitCode.VIOLATED)


def _transport_to(allowed: PermittedTarget) -> Transport:
    """The way to the target that a run would take. Raises DocumentError."""
    from reports.documents.mistake import mistake_on_command_line
    from scenarios.transport.arriving_reply import LARGEST_REPLY_BYTES
    from scenarios.transport.origins import permitted_origins
    from scenarios.transport.tls import tls_context
    from scenarios.transport.transport import Transport
    from targets.adapters.probe import PROBING_RUN

    try:
        tls = tls_context(ca_file=allowed.ca_file, verify=allowed.verify)
    except (OSError, ValueError) as error:
        raise mistake_on_command_line("--target", f"ca_file: {error}") from None
    return Transport(
        allowed.url,
        address=allowed.address,
        run_id=PROBING_RUN,
        colour=allowed.colour,
        origins=permitted_origins(allowed.addresses),
        tls=tls,
        largest_reply_bytes=allowed.largest_reply_bytes or LARGEST_REPLY_BYTES,
    )


def _timed(
    transport: Transport, trail: Trail, url: str, timeout_s: float, timings_s: list[float]
) -> Answer:
    """Answers requests one by one and notes how long each reply took."""
    from scenarios.transport.channel import answered
    from scenarios.transport.failure import TransportError
    from targets.adapters.contract import TRAIL
    from targets.adapters.probe import in_words
    from targets.target_file import TargetUnreachableError

    def timed(request: Request, memory: Memory) -> Reply:
        memory[TRAIL] = trail
        time.sleep(request.after_s)
        start_s = time.perf_counter()
        try:
            reply = answered(transport, request, memory, within_s=timeout_s)
        except TransportError as error:
            where = f"{url}: {in_words(request)}"
            raise TargetUnreachableError(f"{where}: {error}") from error
        timings_s.append(time.perf_counter() - start_s)
        return reply

    return timed


def _print_text(
    probed: Iterator[ProbedCall], timings_s: list[float], adapter: Adapter, colouring: Colouring
) -> tuple[int, bool]:
    from rich.console import Console

    from reports.render.colouring_wording import came_back
    from scenarios.shoppers.marks import colouring_facts_of

    console = Console(highlight=False, soft_wrap=True)
    walked, well, last = 0, True, ""
    for each in probed:
        if each.step != last:
            console.print(f"\n{each.step}", style="bold", markup=False)
        last = each.step
        if each.asked is not None and each.reply is not None:
            _print_call(console, each, timings_s[-1])
        if each.result is not None:
            walked += 1
            well = each.result.outcome == "ok"
            reason = f": {each.result.reason}" if each.result.reason else ""
            style = {"ok": "green", "rejected": "yellow"}.get(each.result.outcome, "red")
            console.print(f"  {each.result.outcome}{reason}", style=style, markup=False)
    console.print(f"\n{walked} of {len(adapter.steps)} steps walked", markup=False)
    console.print(came_back(colouring_facts_of(colouring)), markup=False)
    return walked, well


def _print_call(console: Any, each: ProbedCall, took_s: float) -> None:
    from targets.adapters.probe import in_words, sent_by

    assert each.asked is not None
    assert each.reply is not None
    hops = each.reply.requests - 1
    redirects = f"  ({hops} redirected)" if hops > 0 else ""
    status = f"{each.reply.status}  {took_s * 1000:.1f} ms{redirects}"
    console.print(f"  {in_words(each.asked)}  ->  {status}", markup=False)
    if sent := sent_by(each.asked):
        console.print(f"    sent     {_first_lines(sent)[0]}", style="dim", markup=False)
    for message in each.reply.messages:
        console.print(f"    heard    {message.content!r}"[:LINE_CHARACTERS], markup=False)
    for line in _first_lines(each.reply.body):
        console.print(f"    | {line}", style="dim", markup=False)
    for name, value in each.carried.items():
        console.print(f"    carried  {name} = {value}"[:LINE_CHARACTERS], markup=False)
    if each.rule:
        console.print(f"    rule     {each.rule}", markup=False)


def _first_lines(body: bytes) -> list[str]:
    lines = body.decode("utf-8", "replace").splitlines()
    shown = [line[:LINE_CHARACTERS] for line in lines[:BODY_LINES]]
    return [*shown, f"... {len(body):,} bytes"] if len(lines) > BODY_LINES else shown


def _print_json(
    probed: Iterator[ProbedCall], timings_s: list[float], adapter: Adapter, colouring: Colouring
) -> tuple[int, bool]:
    """One document with every call; a probe that breaks off prints nothing but its error."""
    from dataclasses import asdict

    from scenarios.shoppers.marks import colouring_facts_of
    from targets.adapters.probe import in_words, sent_by

    calls, results = [], []
    for each in probed:
        shown: dict[str, Any] = {"step": each.step}
        if each.asked is not None and each.reply is not None:
            shown |= {
                "request": in_words(each.asked),
                "status": each.reply.status,
                "request_duration_s": round(timings_s[-1], 6),
                "sent": sent_by(each.asked).decode("utf-8", "replace"),
                "body": _first_lines(each.reply.body),
                "messages": [str(message.content) for message in each.reply.messages],
                "carried": dict(each.carried),
                "rule": each.rule,
            }
        if each.result is not None:
            shown |= {"outcome": each.result.outcome, "reason": each.result.reason}
            results.append(each.result.outcome)
        calls.append(shown)
    document = {
        "steps": len(adapter.steps),
        "steps_walked": len(results),
        "colouring": asdict(colouring_facts_of(colouring)),
        "calls": calls,
    }
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))
    return len(results), all(each == "ok" for each in results)
