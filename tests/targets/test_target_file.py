"""What may be sent where: this machine, or what a target file names, up to its rate."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import jsonschema
import pytest

from reports.documents.mistake import DocumentError
from scenarios.rehearsal.document_kind import schema_of
from targets.adapters.colour import Colour
from targets.target_file import (
    Target,
    TargetNotAllowedError,
    TargetUnreachableError,
    permitted,
    read_target,
    resolved,
)

STAGING = """\
target: staging
url: https://10.1.2.3:8443/shop
environment: staging
largest_rate: 200/s
"""


def target_file(tmp_path, text: str = STAGING) -> str:
    file = tmp_path / "target.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def names(monkeypatch, *addresses: str) -> None:
    """Every host name resolves to these addresses; an address is itself."""
    really = socket.getaddrinfo

    def found(host, port, *more, **options):
        if host in addresses:
            return really(host, port, *more, **options)
        return [(0, 0, 0, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)


def allow(url_or_file: str, *, adapter: str | None = None, rate_per_s: float = 10.0):
    return permitted(url_or_file, adapter=adapter, peak_rate_per_s=rate_per_s)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:8000", ("127.0.0.1", 8000)),
        ("http://127.8.9.1", ("127.8.9.1", 80)),
        ("https://127.0.0.1/shop", ("127.0.0.1", 443)),
        ("http://[::1]:8000", ("::1", 8000)),
    ],
)
def test_this_machine_may_be_sent_to_without_a_target_file(url, address):
    allowed = allow(url, rate_per_s=1e9)
    assert (allowed.url, allowed.address, allowed.environment) == (url, address, "local")
    assert allowed.adapter == "reference"


@pytest.mark.parametrize(
    "url",
    [
        "http://10.1.2.3", "https://192.0.2.7:8443/shop", "http://169.254.169.254",
        "http://0.0.0.0:8000", "http://[2001:db8::1]", "http://[::ffff:10.1.2.3]",
        "http://[::]:8000",
    ],
)  # fmt: skip
def test_another_host_is_refused_without_a_target_file(url):
    with pytest.raises(TargetNotAllowedError) as caught:
        allow(url)
    for words in (url, "target.yaml", "url", "environment", "largest_rate", "--target"):
        assert words in str(caught.value)


@pytest.mark.parametrize(
    "addresses", [("10.1.2.3",), ("127.0.0.1", "10.1.2.3"), ("::1", "2001:db8::1")]
)
def test_a_name_with_any_address_elsewhere_is_elsewhere(monkeypatch, addresses):
    names(monkeypatch, *addresses)
    with pytest.raises(TargetNotAllowedError, match=addresses[-1]):
        allow("http://shop.example")


def test_the_address_that_was_checked_is_the_one_that_is_sent_to(monkeypatch):
    """A name that resolves elsewhere a second later gets nothing."""
    names(monkeypatch, "127.0.0.1")
    allowed = allow("http://shop.example:8000")
    names(monkeypatch, "10.1.2.3")
    assert allowed.address == ("127.0.0.1", 8000)


def test_of_several_loopback_addresses_the_one_that_listens_is_taken(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        names(monkeypatch, "::1", "127.0.0.1")
        assert resolved(f"http://localhost:{port}") == ("127.0.0.1", port)
        names(monkeypatch, "127.0.0.1", "::1")
        assert resolved(f"http://localhost:{port}") == ("127.0.0.1", port)


def test_a_target_file_allows_its_host_up_to_its_rate(tmp_path):
    file = target_file(tmp_path)
    allowed = allow(file, rate_per_s=200.0)
    assert allowed.url == "https://10.1.2.3:8443/shop"
    assert allowed.address == ("10.1.2.3", 8443)
    assert allowed.environment == "staging"
    with pytest.raises(TargetNotAllowedError, match=r"largest_rate is 200/s.*peaks at 200\.1"):
        allow(file, rate_per_s=200.1)


def test_the_largest_rate_holds_on_this_machine_too(tmp_path):
    file = target_file(tmp_path, STAGING.replace("https://10.1.2.3:8443", "http://127.0.0.1:8000"))
    with pytest.raises(TargetNotAllowedError, match="largest_rate"):
        allow(file, rate_per_s=500.0)


def test_an_adapter_is_found_beside_its_target_file_and_the_option_wins(tmp_path):
    (tmp_path / "mine.yaml").write_text("adapter: mine\n")
    file = target_file(tmp_path, STAGING + "adapter: mine.yaml\n")
    assert allow(file).adapter == str(tmp_path / "mine.yaml")
    assert allow(file, adapter="fetch").adapter == "fetch"
    assert allow(target_file(tmp_path)).adapter == "reference"


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("largest_rate: 200/s", "largest_rate: -5/s", "target.yaml:4:15 largest_rate"),
        ("largest_rate: 200/s", "largest_rate: fast", 'got "fast"'),
        ("largest_rate: 200/s\n", "", "largest_rate"),
        ("environment: staging", "environment: moon", "target.yaml:3:14 environment"),
        ("environment", "enviroment", 'did you mean "environment"'),
        ("https://10.1.2.3:8443/shop", "ftp://10.1.2.3", "target.yaml:2:6 url: must be a URL"),
        ("https://10.1.2.3:8443/shop", "https://10.1.2.3:99999", "target.yaml:2:6 url"),
        ("https://10.1.2.3:8443/shop", "https://a..b", "target.yaml:2:6 url"),
        ("https://10.1.2.3:8443/shop", "https://", "target.yaml:2:6 url"),
    ],
)
def test_a_mistake_in_a_target_file_is_shown_with_its_place(tmp_path, old, new, mistake):
    with pytest.raises(DocumentError) as caught:
        read_target(Path(target_file(tmp_path, STAGING.replace(old, new))))
    assert mistake in str(caught.value)


def test_a_target_says_how_its_traffic_is_coloured(tmp_path):
    colour = "colour: {header: X-Stress, value: 'on {run_id}', trace: null}\n"
    assert allow(target_file(tmp_path, STAGING + colour)).colour == Colour(
        header="X-Stress", value="on {run_id}", trace=None
    )
    assert allow(target_file(tmp_path)).colour == Colour()


@pytest.mark.parametrize(
    ("written", "mistake"),
    [
        ("header: 'X Stress'", "target.yaml:5:18 colour.header: must be the name of a header"),
        ("header: Host", 'colour.header: must be a header that means nothing else, got "Host"'),
        ("header: traceparent", "colour.trace: must be another header than the colour's"),
        ("value: ''", "colour.value: must be a word"),
        ('value: "a\\r\\nb"', "colour.value: must be a word"),
        ("value: '{run}'", 'colour.value: knows {run_id} only, got "{run}"'),
        ("headers: X-Stress", 'did you mean "header"'),
    ],
)
def test_a_mark_that_no_request_could_carry_is_a_mistake(tmp_path, written, mistake):
    with pytest.raises(DocumentError) as caught:
        read_target(Path(target_file(tmp_path, f"{STAGING}colour: {{{written}}}\n")))
    assert mistake in str(caught.value)


def test_all_mistakes_of_a_target_file_are_shown_at_once(tmp_path):
    text = "target: x\nurl: http://10.1.2.3\nenvironment: moon\nlargest_rate: -1/s\n"
    with pytest.raises(DocumentError) as caught:
        allow(target_file(tmp_path, text))
    assert [each.line for each in caught.value.mistakes] == [3, 4]


@pytest.mark.parametrize("text", [b"", b"\x00\x01\xff\xfe", b"- a list\n", b"target: [\n"])
def test_a_file_that_is_no_target_is_a_mistake_and_no_crash(tmp_path, text):
    file = tmp_path / "target.yaml"
    file.write_bytes(text)
    with pytest.raises(DocumentError, match=r"target\.yaml"):
        allow(str(file))


@pytest.mark.parametrize(
    "url",
    ["ftp://127.0.0.1", "http://", "http://127.0.0.1:port", "http://127.0.0.1:0", "http://[::1",
     "http://a..b/", "127.0.0.1:8000", "no_such_file.yaml", "http://127.0.0.1@10.1.2.3/"],
)  # fmt: skip
def test_what_is_no_url_and_no_file_is_a_mistake_of_the_option(url):
    with pytest.raises(DocumentError, match=r"--target.*URL"):
        allow(url)


def test_a_password_in_a_url_is_a_mistake_and_is_not_shown(tmp_path):
    """It would be in the record and the audit log, and no request would carry it."""
    with pytest.raises(DocumentError, match=r"--target.*without user and password"):
        allow("http://me:s3cret@127.0.0.1:8000")
    file = target_file(tmp_path, STAGING.replace("//10.1", "//me:s3cret@10.1"))
    with pytest.raises(DocumentError, match=r"url: must be a URL without user") as caught:
        allow(file)
    assert "s3cret" not in str(caught.value)


def test_a_name_that_resolves_to_nothing_cannot_be_reached(monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(TargetUnreachableError, match="does not resolve"):
        allow("http://shop.example")


def test_the_schema_accepts_what_is_read_and_nothing_misspelt():
    schema = json.loads(schema_of("target"))
    good = {"target": "s", "url": "http://127.0.0.1", "environment": "test", "largest_rate": "5/s"}
    jsonschema.validate(good, schema)
    for bad in ({**good, "url_": 1}, {**good, "environment": "moon"}, {"target": "s"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, schema)


def test_a_target_reads_as_it_was_written(tmp_path):
    assert read_target(Path(target_file(tmp_path))) == Target(
        target="staging",
        url="https://10.1.2.3:8443/shop",
        environment="staging",
        largest_rate=200.0,
    )


PRODUCTION = STAGING.replace("environment: staging", "environment: production")


def test_load_on_production_must_be_meant(tmp_path):
    """The target's own name is asked for, so that no line of a script fits every target."""
    file = target_file(tmp_path, PRODUCTION)
    for confirmed in (None, "", "production", "Staging"):
        with pytest.raises(TargetNotAllowedError, match="--yes-production staging"):
            permitted(file, adapter=None, peak_rate_per_s=1.0, confirmed=confirmed)
    assert permitted(file, adapter=None, peak_rate_per_s=1.0, confirmed="staging").url
    assert permitted(file, adapter=None, peak_rate_per_s=0.0).environment == "production"


def test_the_largest_duration_is_not_exceeded(tmp_path):
    file = target_file(tmp_path, STAGING + "largest_duration: 1 min\n")
    allowed = permitted(file, adapter=None, peak_rate_per_s=1.0, duration_s=60.0)
    assert (allowed.largest_rate_per_s, allowed.largest_duration_s) == (200.0, 60.0)
    with pytest.raises(TargetNotAllowedError, match=r"largest_duration is 60 s.*lasts 60\.5 s"):
        permitted(file, adapter=None, peak_rate_per_s=1.0, duration_s=60.5)


def test_all_that_a_target_does_not_allow_is_told_at_once(tmp_path):
    file = target_file(tmp_path, PRODUCTION + "largest_duration: 1 min\n")
    with pytest.raises(TargetNotAllowedError) as refused:
        permitted(file, adapter=None, peak_rate_per_s=900.0, duration_s=61.0)
    assert str(refused.value).count(file) == 3


def test_every_origin_of_a_target_is_looked_up_once_before_the_run(tmp_path, monkeypatch):
    """A name that resolves elsewhere a second later changes nothing."""
    hosts = "hosts: [https://login.shop.example, http://10.1.2.3:8080/]\n"
    file = target_file(tmp_path, STAGING + hosts)
    names(monkeypatch, "10.9.9.9", "10.9.9.8")
    allowed = allow(file)
    names(monkeypatch, "192.0.2.66")
    assert allowed.addresses == {
        "https://10.1.2.3:8443/shop": ("10.9.9.9", 8443),
        "https://login.shop.example": ("10.9.9.9", 443),
        "http://10.1.2.3:8080/": ("10.9.9.9", 8080),
    }


def test_a_plain_url_permits_its_own_origin_only():
    allowed = allow("http://127.0.0.1:8000/shop")
    assert allowed.addresses == {"http://127.0.0.1:8000/shop": ("127.0.0.1", 8000)}
    assert allowed.largest_rate_per_s is allowed.largest_duration_s is None
    assert allowed.is_on_this_machine
    assert allowed.verify


def test_certificates_are_found_beside_the_target_file(tmp_path):
    allowed = allow(target_file(tmp_path, STAGING + "ca_file: own-ca.pem\n"))
    assert (allowed.ca_file, allowed.verify) == (tmp_path / "own-ca.pem", True)
    assert allow(target_file(tmp_path, STAGING + "verify: false\n")).verify is False
    assert not allow(target_file(tmp_path)).is_on_this_machine


@pytest.mark.parametrize(
    ("more", "mistake"),
    [
        ("hosts: [login.shop.example]", "target.yaml:5:9 hosts[0]: must be an origin such as"),
        ("hosts: [https://a.example, https://b.example/x]", "target.yaml:5:28 hosts[1]: must be"),
        ("largest_duration: -1s", "target.yaml:5:19 largest_duration: must be > 0"),
        ("verify: false\nca_file: a.pem", "target.yaml:6:10 ca_file: has no use beside verify"),
        ("largest_reply: 16", 'target.yaml:5:16 largest_reply: must be a size such as "16MB"'),
        ("verify: perhaps", "target.yaml:5:9 verify"),
    ],
)
def test_a_mistake_in_what_more_is_allowed_is_shown_with_its_place(tmp_path, more, mistake):
    with pytest.raises(DocumentError) as caught:
        read_target(Path(target_file(tmp_path, f"{STAGING}{more}\n")))
    assert mistake in str(caught.value)
