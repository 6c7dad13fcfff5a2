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
STOCK = {1: 300, 2: 200}


def line(sku: int, units: int, orders: int, **other: int) -> dict[str, object]:
    """A line of the books in which everything agrees but for `other`."""
    figures = {
        "units_sold": units,
        "units_taken": units,
        "ordered_units": units,
        "order_rows": orders,
        "oversold_units": 0,
        "duplicate_orders": 0,
        "lost_orders": 0,
    }
    return {"sku": str(sku), **figures, **other}


BOOKS = {"drained": True, "skus": [line(1, 30, 28), line(2, 12, 12)]}


def answer(conversation: Generator[Call, Reply, object], reply: Reply) -> tuple[Call, object]:
    """The one call of `conversation` and what it makes of the reply."""
    call = next(conversation)
    with pytest.raises(StopIteration) as ended:
        conversation.send(reply)
    return call, ended.value.value


def json_reply(value: object, status: int = 200) -> Reply:
    return Reply(status=status, body=json.dumps(value).encode())


def findings(
    *, orders: int = 40, units: int = 42, drained: bool = True, first: object = None
) -> dict[str, bool]:
    """Whether each invariant held, with `first` in the place of the first SKU's line."""
    books = {"drained": drained, "skus": [first or line(1, 30, 28), line(2, 12, 12)]}
    conversation = OFFICE.reconcile(STOCK, confirmed_orders=orders, confirmed_units=units)
    _, found = answer(conversation, json_reply(books))
    return {each.name: each.held for each in found}


def test_a_sale_is_opened_with_every_units_of_its_stock():
    call, _ = answer(OFFICE.open_sale({1: 300, 2: 200}), json_reply({}))
    assert (call.method, call.path) == ("POST", "/admin/flash-sales")
    assert json.loads(call.body) == {"items": {"1": 300, "2": 200}, "limit_per_user": 1}


def test_books_that_agree_hold_every_invariant():
    assert len(findings()) == 5
    assert all(findings().values())


EQUAL = "units sold = units taken from stock = order rows"


@pytest.mark.parametrize(
    ("wrong", "broken"),
    [
        ({"units_sold": 31}, EQUAL),
        ({"units_taken": 29}, EQUAL),
        ({"oversold_units": 1}, "no oversell"),
        ({"duplicate_orders": 1}, "no duplicate orders"),
        ({"lost_orders": 1}, "no lost orders"),
    ],
)
def test_one_unit_that_is_wrong_breaks_its_invariant_and_no_other(wrong, broken):
    held = findings(first=line(1, 30, 28, **wrong))
    assert [name for name, each in held.items() if not each] == [broken]


def test_a_queue_that_has_not_drained_leaves_nothing_proven():
    assert [name for name, each in findings(drained=False).items() if not each] == [EQUAL]


def test_one_sku_does_not_make_up_for_another():
    books = {
        "drained": True,
        "skus": [line(1, 30, 28, units_sold=31), line(2, 12, 12, units_sold=11)],
    }
    conversation = OFFICE.reconcile(STOCK, confirmed_orders=40, confirmed_units=42)
    _, found = answer(conversation, json_reply(books))
    equal = next(each for each in found if each.name == EQUAL)
    assert not equal.held
    assert "42 units sold, 42 taken from stock, 42 in 40 order rows" in equal.evidence
    assert "unequal for SKU 1, 2" in equal.evidence


def test_evidence_is_read_at_a_glance():
    books = {"drained": True, "skus": [line(1, 1300, 1280), line(2, 12, 12)]}
    conversation = OFFICE.reconcile(STOCK, confirmed_orders=1292, confirmed_units=1312)
    _, found = answer(conversation, json_reply(books))
    said = "1,312 units sold, 1,312 taken from stock, 1,312 in 1,292 order rows"
    assert found[0].evidence == said


def test_the_rows_of_an_earlier_sale_prove_nothing_about_this_one():
    books = {"drained": True, "skus": [*BOOKS["skus"], line(9, 500, 500, lost_orders=3)]}
    conversation = OFFICE.reconcile(STOCK, confirmed_orders=41, confirmed_units=42)
    _, found = answer(conversation, json_reply(books))
    broken = [each.name for each in found if not each.held]
    assert broken == ["every order confirmed to a shopper exists"]


@pytest.mark.parametrize(
    ("orders", "units", "held"), [(40, 42, True), (41, 42, False), (40, 43, False), (39, 40, True)]
)
def test_what_was_confirmed_to_a_shopper_must_exist(orders, units, held):
    assert findings(orders=orders, units=units)["every order confirmed to a shopper exists"] is held


def test_the_evidence_has_the_figures():
    conversation = OFFICE.reconcile(STOCK, confirmed_orders=40, confirmed_units=42)
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
        OFFICE.reconcile(STOCK, confirmed_orders=0, confirmed_units=0),
    ):
        next(conversation)
        with pytest.raises(BackOfficeError, match="the platform did not"):
            conversation.send(reply)


@pytest.mark.parametrize(
    "books",
    [{}, {"drained": True}, [1], {**BOOKS, "skus": None}, {**BOOKS, "skus": [line(1, 1, 1)]}],
)
def test_books_with_pages_missing_are_an_error(books):
    conversation = OFFICE.reconcile(STOCK, confirmed_orders=0, confirmed_units=0)
    next(conversation)
    with pytest.raises(BackOfficeError, match="cannot be read"):
        conversation.send(json_reply(books))


def test_a_platform_may_have_no_back_office():
    assert back_office_of(Fetch()) is None
    assert back_office_of(ReferenceShop()) == OFFICE
