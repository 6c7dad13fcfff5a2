"""Secrets in logged requests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.workload.query_secrets import (
    is_secret_name,
    scrubbed_line,
    scrubbed_target,
)

SECRET_NAMES = [
    "password", "passwd", "new_password", "accessToken", "session", "PHPSESSID",
    "ASP.NET_SessionId", "jsessionid", "sid", "api_key", "apikey", "auth", "X-Amz-Signature",
    "secret", "clientSecret", "sig", "code", "otp", "email", "e-mail", "userEmail", "username",
    "user", "user_id", "phone", "mobilePhone", "card", "creditCard", "cvv", "user[email]",
    "first_name",
]  # fmt: skip
HARMLESS_NAMES = [
    "q", "page", "sku", "category", "sort", "keyword", "monkey", "color", "size", "design",
    "mailId", "utm_source", "barcodes", "passenger", "assign", "position",
    "footprint", "product_name", "scope", "description",
]  # fmt: skip


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_name_of_a_secret_or_a_person_is_known(name):
    assert is_secret_name(name)


@pytest.mark.parametrize("name", HARMLESS_NAMES)
def test_a_name_that_only_looks_alike_is_left_alone(name):
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("target", "scrubbed"),
    [
        ("/login?username=john.smith@example.com", "/login?username=scrubbed"),
        ("/a?q=shoes&token=abc&page=2", "/a?q=shoes&token=scrubbed&page=2"),
        ("/a?to=john%40example.com", "/a?to=scrubbed"),
        ("/a?to=john%2540example.com", "/a?to=scrubbed"),
        ("/a?john@example.com", "/a?scrubbed"),
        ("/a?x=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "/a?x=scrubbed"),
        ("/a?x=5d41402abc4b2a76b9719d911017c592", "/a?x=scrubbed"),
        ("/a?x=123e4567-e89b-12d3-a456-426614174000", "/a?x=scrubbed"),
        ("/a?x=dGhpcyBpcyBhIHNlY3JldCAx12", "/a?x=scrubbed"),
        ("/a?x=4111%201111%201111%201111", "/a?x=scrubbed"),
        ("/a?next=%2Fb%3Ftoken%3Dabc", "/a?next=scrubbed"),
        ("/a?next=https%3A%2F%2Fjohn%3Apw%40example.com%2F", "/a?next=scrubbed"),
        ("/a;jsessionid=1A2B/b?q=1", "/a;jsessionid=scrubbed/b?q=1"),
        ("/unsubscribe/john@example.com/now", "/unsubscribe/scrubbed/now"),
        ("/a?pass%77ord=x;sid=y", "/a?pass%77ord=scrubbed;sid=scrubbed"),
    ],
)
def test_a_secret_is_replaced_and_the_rest_stays(target, scrubbed):
    assert scrubbed_target(target) == (scrubbed, scrubbed.count("scrubbed"))


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/api/products/17",
        "/api/search?q=running+shoes&page=2",
        "/articles/how-to-build-a-very-long-url-with-many-words?utm_source=mail",
        "/a?t=1391904000000",
        "/a?password=&flag",
        "/a?%E6%89%8B%E6%9C%BA=%E5%8D%8E%E4%B8%BA",
    ],
)
def test_what_is_no_secret_stays_to_the_letter(target):
    assert scrubbed_target(target) == (target, 0)


@given(st.text(max_size=80))
def test_scrubbing_twice_changes_nothing_more(text):
    once, _ = scrubbed_target(f"/a?{text}")
    assert scrubbed_target(once) == (once, 0)


def test_a_shown_line_has_no_secret_and_no_control_character():
    line = 'h "GET http://joe:pw@x/?token=abc&q=1" "\x1b[2Jjoe@example.com" ' + "x" * 300
    shown = scrubbed_line(line)
    assert "token=scrubbed&q=1" in shown
    assert len(shown) == 160
    assert not any(each in shown for each in ("pw@", "abc", "joe@example", "\x1b"))
