"""The staff around a sale: what is asked of the reference shop, and what its books prove."""

from __future__ import annotations

import json
from collections.abc import Generator

import pytest

from targets.adapters.back_office import BackOfficeError, ReferenceBackOffice, back_office_of
from targets.adapters.contract import Call, Reply
from targets.adapters.fetch import Fetch
from targets.adapters.reference import ReferenceShop

OFFICE = ReferenceBackOffice()
BOOKS = {
    "drained": True,
    "skus": [{"sku": "1", "ordered_units": 30}, {"sku": "2", "ordered_units": 12}],
    "units_sold": 42,
    "units_taken": 42,
    "order_rows": 40,
    "oversold_units": 0,
    "duplicate_orders": 0,
    "lost_orders": 0,
}


def answer(conversation: Generator[Call, Reply, object], reply: Reply) -> tuple[Call, object]:
    """The one call of `conversation` and what it makes of the reply."""
    call = next(conversation)
    with pytest.raises(StopIteration) as ended:
        conversation.send(reply)
    return call, ended.value.value


def json_reply(value: object, status: int = 200) -> Reply:
    return Reply(status=status, body=json.dumps(value).encode())


def findings(*, orders: int = 40, units: int = 42, **books: object) -> dict[str, bool]:
    conversation = OFFICE.reconcile(confirmed_orders=orders, confirmed_units=units)
    _, found = answer(conversation, json_reply({**BOOKS, **books}))
    return {each.name: each.held for each in found}


def test_a_sale_is_opened_with_every_units_of_its_stock():
    call, _ = answer(OFFICE.open_sale({1: 300, 2: 200}), json_reply({}))
    assert (call.method, call.path) == ("POST", "/admin/flash-sales")
    assert json.loads(call.body) == {"items": {"1": 300, "2": 200}, "limit_per_user": 1}


def test_books_that_agree_hold_every_invariant():
    assert len(findings()) == 5
    assert all(findings().values())


@pytest.mark.parametrize(
    ("books", "broken"),
    [
        ({"units_sold": 43}, "units sold = units taken from stock = order rows"),
        ({"units_taken": 41}, "units sold = units taken from stock = order rows"),
        ({"drained": False}, "units sold = units taken from stock = order rows"),
        ({"oversold_units": 1}, "no oversell"),
        ({"duplicate_orders": 1}, "no duplicate orders"),
        ({"lost_orders": 1}, "no lost orders"),
    ],
)
def test_one_unit_that_is_wrong_breaks_its_invariant_and_no_other(books, broken):
    assert [name for name, held in findings(**books).items() if not held] == [broken]


@pytest.mark.parametrize(
    ("orders", "units", "held"), [(40, 42, True), (41, 42, False), (40, 43, False), (39, 40, True)]
)
def test_what_was_confirmed_to_a_shopper_must_exist(orders, units, held):
    assert findings(orders=orders, units=units)["every order confirmed to a shopper exists"] is held


def test_the_evidence_has_the_figures():
    conversation = OFFICE.reconcile(confirmed_orders=40, confirmed_units=42)
    _, found = answer(conversation, json_reply(BOOKS))
    evidence = "\n".join(each.evidence for each in found)
    assert "42 units sold, 42 taken from stock, 42 in 40 order rows" in evidence
    assert "oversold units: 0" in evidence


@pytest.mark.parametrize(
    "reply",
    [
        json_reply({"code": "queue_full"}, status=503),
        Reply(status=200, body=b"<!doctype html>"),
        Reply(status=200, body=b""),
        Reply(status=404, body=b"\xff\xfe"),
    ],
)
def test_a_reply_that_tells_nothing_is_an_error_that_says_so(reply):
    for conversation in (
        OFFICE.open_sale({1: 1}),
        OFFICE.reconcile(confirmed_orders=0, confirmed_units=0),
    ):
        next(conversation)
        with pytest.raises(BackOfficeError, match="the platform did not"):
            conversation.send(reply)


@pytest.mark.parametrize("books", [{}, {"drained": True}, [1], {**BOOKS, "skus": None}])
def test_books_with_pages_missing_are_an_error(books):
    conversation = OFFICE.reconcile(confirmed_orders=0, confirmed_units=0)
    next(conversation)
    with pytest.raises(BackOfficeError, match="cannot be read"):
        conversation.send(json_reply(books))


def test_a_platform_may_have_no_back_office():
    assert back_office_of(Fetch()) is None
    assert back_office_of(ReferenceShop()) == OFFICE
