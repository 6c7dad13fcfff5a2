"""Apache and nginx format strings."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.documents.mistake import DocumentError
from scenarios.workload.access_log import parsed_line
from scenarios.workload.log_format import KNOWN_FORMATS, compile_log_format

TIME = "20/May/2015:12:53:11 +0200"
AT_S = 1432119191.0  # 2015-05-20 10:53:11 UTC

# What a directive stands for, and values that it can have on a line.
WORD = st.from_regex(r"[A-Za-z0-9._:/;@-]{1,12}", fullmatch=True)
NUMBER = st.integers(0, 10**9).map(str)
QUOTED = st.text('abc äß手"\\[]%$-', max_size=12)
APACHE = {
    "%l": WORD, "%v": WORD, "%{VARNAME}e": WORD, "%{ratio}n%%": NUMBER.map(lambda n: f"{n}%"),
    "%b": NUMBER, "%I": NUMBER, "%O": NUMBER, "%X": st.sampled_from("X+-"), "%>s": st.just("200"),
    "%p": NUMBER, "%{remote}p": NUMBER, "%200,304{Age}o": WORD, "%^FB": NUMBER,
    '"%{Referer}i"': QUOTED, '"%{cookie}n"': QUOTED, '"%!400,501{Accept}i"': QUOTED,
}  # fmt: skip
NGINX = {
    "$body_bytes_sent": NUMBER, "$connection": NUMBER, "$host": WORD, "$upstream_addr": WORD,
    "${server_name}": WORD, "$upstream_response_time": st.just("0.1, 0.2 : 0.3"),
    '"$http_referer"': QUOTED, '"$http_cookie"': QUOTED, "[$ssl_cipher]": WORD,
}  # fmt: skip


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


@st.composite
def layouts_and_lines(draw, fields, needed):
    """A random layout, and a line as the server would write it."""
    chosen = draw(st.lists(st.sampled_from(sorted(fields)), max_size=8))
    pieces = [(each, draw(fields[each])) for each in chosen]
    for each in needed:
        pieces.insert(draw(st.integers(0, len(pieces))), each)
    between = draw(st.sampled_from([" ", " | ", "\t"]))
    values = []
    for name, value in pieces:
        quote = name[0] if name[0] in '"[' else ""
        end = "]" if quote == "[" else quote
        values.append(f"{quote}{escaped(value) if quote else value}{end}")
    return between.join(name for name, _ in pieces), between.join(values)


@given(
    layouts_and_lines(
        APACHE,
        (
            ("%h", "192.0.2.7"),
            ("%t", f"[{TIME}]"),
            ('"%r"', "GET /a?b=c HTTP/1.1"),
            ("%D", "1500000"),
            ('"%{User-Agent}i"', 'A "quoted" \\ agent'),
        ),
    )
)
def test_an_apache_layout_reads_what_it_writes(pair):
    layout, line = pair
    request = parsed_line(line, compile_log_format(layout))
    assert request is not None
    assert (request.client, request.instant_s) == ("192.0.2.7", AT_S)
    assert (request.method, request.target, request.duration_s) == ("GET", "/a?b=c", 1.5)
    assert request.agent == 'A \\"quoted\\" \\\\ agent'


@given(
    layouts_and_lines(
        NGINX,
        (
            ("$remote_addr", "2001:db8::7"),
            ("[$time_local]", TIME),
            ('"$request"', "GET /a?b=c HTTP/2.0"),
            ("$status", "304"),
        ),
    )
)
def test_an_nginx_layout_reads_what_it_writes(pair):
    layout, line = pair
    request = parsed_line(line, compile_log_format(layout))
    assert request is not None
    assert (request.client, request.instant_s) == ("2001:db8::7", AT_S)
    assert (request.method, request.target, request.status) == ("GET", "/a?b=c", 304)


@pytest.mark.parametrize(
    ("stamp", "text", "at_s"),
    [
        ("[%{%Y-%m-%d %H:%M:%S}t.%{usec_frac}t]", "[2015-05-20 10:53:11.250000]", AT_S + 0.25),
        ("[%{%F %T}t.%{msec_frac}t %{%z}t]", "[2015-05-20 12:53:11.250 +0200]", AT_S + 0.25),
        ("%{sec}t", "1432119191", AT_S),
        ("%{msec}t", "1432119191250", AT_S + 0.25),
        ("%{begin:usec}t %D", "1432119191000000 250000", AT_S),
        ("%{end:usec}t %D", "1432119191250000 250000", AT_S),
    ],
)
def test_an_apache_instant_is_when_the_request_began(stamp, text, at_s):
    request = parsed_line(f'h {text} "GET / HTTP/1.1"', compile_log_format(f'%a {stamp} "%r"'))
    assert request is not None
    assert request.instant_s == pytest.approx(at_s, abs=1e-6)


@pytest.mark.parametrize(
    ("stamp", "text"),
    [
        ("$msec $request_time", "1432119191.250 0.250"),
        ("$time_local $request_time", "20/May/2015:12:53:12 +0200 1.000"),
        ("$time_iso8601", "2015-05-20T12:53:11+02:00"),
    ],
)
def test_an_nginx_instant_is_the_end_less_the_duration(stamp, text):
    layout = compile_log_format(f'$remote_addr {stamp} "$request"')
    request = parsed_line(f'h {text} "GET / HTTP/1.1"', layout)
    assert request is not None
    assert request.instant_s == pytest.approx(AT_S, abs=1e-6)


@pytest.mark.parametrize(
    ("directive", "text"),
    [("%D", "1500000"), ("%{us}T", "1500000"), ("%{ms}T", "1500"), ("%{s}T", "2"), ("%T", "2")],
)
def test_a_duration_is_read_in_its_unit(directive, text):
    layout = compile_log_format(f'%h %t "%r" {directive}')
    request = parsed_line(f'h [{TIME}] "GET / HTTP/1.1" {text}', layout)
    assert request is not None
    assert request.duration_s == (2.0 if text == "2" else 1.5)


@pytest.mark.parametrize(
    ("layout", "line"),
    [
        ('%h %t %m "%U%q" %H', f'h [{TIME}] GET "/a?b=c" HTTP/1.1'),
        ('%h %t "%m %U%q %H"', f'h [{TIME}] "GET /a?b=c HTTP/1.1"'),
        ("$remote_addr [$time_local] $request_method $request_uri", f"h [{TIME}] GET /a?b=c"),
        ("$remote_addr [$time_local] $request_method $uri$is_args$args", f"h [{TIME}] GET /a?b=c"),
        (
            '{"ip":"$remote_addr","at":"$time_iso8601","request":"$request","s":$status}',
            '{"ip":"h","at":"2015-05-20T12:53:11+02:00","request":"GET /a?b=c HTTP/1.1","s":200}',
        ),
    ],
)
def test_a_request_may_be_written_in_parts(layout, line):
    request = parsed_line(line, compile_log_format(layout))
    assert request is not None
    assert (request.method, request.target, request.instant_s) == ("GET", "/a?b=c", AT_S)


def test_the_first_forwarded_address_is_the_client():
    layout = compile_log_format('%h %t "%r" "%{X-Forwarded-For}i"')
    line = f'10.0.0.1 [{TIME}] "GET / HTTP/1.1" "%s"'
    assert parsed_line(line % "192.0.2.7, 10.0.0.9", layout).client == "192.0.2.7"
    assert parsed_line(line % "-", layout).client == "10.0.0.1"


def test_a_line_of_the_servers_configuration_is_taken_whole():
    apache = r'LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" combined'
    nginx = """log_format main escape=default '$remote_addr - $remote_user [$time_local] '
        '"$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';"""
    assert compile_log_format(apache).text == KNOWN_FORMATS["combined"]
    assert compile_log_format(nginx).text == KNOWN_FORMATS["nginx"]


@pytest.mark.parametrize("name", KNOWN_FORMATS)
def test_a_known_layout_has_a_name(name):
    layout = compile_log_format(name)
    assert layout.name == name
    assert "<time>" in layout.layout
    assert "<request>" in layout.layout


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("combinde", r"--log-format:1:1: .*known: combined, common, nginx.*combinde"),
        ("", "neither a known layout"),
        ('%h "%r"', "has no time"),
        ('%h [%{%H:%M:%S}t] "%r"', "has no time"),
        ("%h %t %>s", "has no request"),
        ("%h %t %U", "has no request with its method"),
        ('%t "%r"', "has no client"),
        ("$time_local $request", "has no client.*remote_addr"),
        ('%h %t "%r" %(x)', r'--log-format:1:12: "%\(x\)" is not an Apache directive'),
        ('%h %{%Y %U}t "%r"', r"--log-format:1:4: .*%U"),
        ('%h %t "%r" %{min}T', "units are ms, us and s"),
        ("$remote_addr $ $request", r'--log-format:1:14: "\$ \$request'),
        ('%h%l %t "%r"', "nothing stands between client and identity"),
    ],
)
def test_a_layout_that_cannot_be_replayed_says_why(written, message):
    with pytest.raises(DocumentError) as refused:
        compile_log_format(written)
    assert re.search(message, str(refused.value))


def test_a_hopeless_line_is_refused_in_bounded_work():
    """A pattern that backtracks without bound would never come back from this line."""
    layout = compile_log_format("combined")
    assert parsed_line("a " * 30_000, layout) is None
    assert parsed_line(f'h - - [{TIME}] "' + '\\"' * 30_000, layout) is None
