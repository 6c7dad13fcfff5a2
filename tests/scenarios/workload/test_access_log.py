"""Access logs as files: plain, gzip, broken."""

from __future__ import annotations

import gzip
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.documents.mistake import DocumentError
from scenarios.workload.access_log import LogTally, logged_requests, parsed_line, unescaped
from scenarios.workload.log_format import compile_log_format

COMBINED = compile_log_format("combined")
LINE = '192.0.2.7 - - [20/May/2015:12:53:%02d +0200] "%s" 200 512 "-" "agent/1"'


def line(second=0, request="GET / HTTP/1.1"):
    return LINE % (second, request)


def read(file, layout=COMBINED):
    tally = LogTally()
    return list(logged_requests(file, layout, tally)), tally


def refusal(file, layout=COMBINED):
    with pytest.raises(DocumentError) as refused:
        read(file, layout)
    return str(refused.value)


def written(tmp_path, *lines):
    file = tmp_path / "access.log"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_gzip_is_told_by_its_bytes_and_not_by_its_name(tmp_path):
    plain = written(tmp_path, *(line(second) for second in range(30)))
    packed = tmp_path / "packed.log"
    # two members, as two appended runs of gzip leave them
    half = plain.read_bytes().splitlines(keepends=True)
    packed.write_bytes(b"".join(gzip.compress(b"".join(part)) for part in (half[:9], half[9:])))
    assert read(packed) == read(plain)
    assert len(read(plain)[0]) == 30


def test_malformed_lines_are_counted_and_the_first_are_kept(tmp_path):
    wrong = ("junk ?token=abc", "", line()[:40], "x" * 70_000, "last\x00one")
    file = written(tmp_path, line(1), *wrong, line(2), line(3), line(4), line(5))
    requests, tally = read(file)
    assert [each.line for each in requests] == [1, 7, 8, 9, 10]
    assert (tally.lines, tally.malformed, tally.requests) == (9, 4, 5)
    assert [number for number, _ in tally.first_malformed] == [2, 4, 5]
    assert tally.first_malformed[0][1] == "junk ?token=scrubbed"


def test_steps_back_in_time_are_counted(tmp_path):
    requests, tally = read(written(tmp_path, *map(line, (5, 3, 3, 9, 8))))
    assert tally.backwards == 2
    assert len(requests) == 5


def test_any_bytes_of_a_visitor_are_read(tmp_path):
    file = tmp_path / "access.log"
    file.write_bytes(b"\xef\xbb\xbf" + line(0, "GET /\xff HTTP/1.1").encode("latin-1") + b"\r\n")
    assert read(file)[0][0].target == "/\udcff"


@pytest.mark.parametrize(
    ("request_line", "method", "target"),
    [
        ("GET /a HTTP/1.1", "GET", "/a"),
        ("GET /a", "GET", "/a"),
        ("GET /a b c HTTP/1.0", "GET", "/a b c"),
        (r"GET /\xe6\x89\x8b HTTP/1.1", "GET", "/\udce6\udc89\udc8b"),
        (r"GET /?q=\"x\" HTTP/1.1", "GET", '/?q="x"'),
        ("-", "", ""),
        (r"\x16\x03\x01", "", ""),
        ("", "", ""),
    ],
)
def test_a_request_line_is_read_as_far_as_it_is_one(request_line, method, target):
    request = parsed_line(line(0, request_line), COMBINED)
    assert (request.method, request.target) == (method, target)


@given(st.text(st.characters(max_codepoint=127)))
def test_unescaping_undoes_what_a_server_escapes(text):
    named = {"\n": r"\n", "\t": r"\t", '"': r"\"", "\\": r"\\"}
    escaped = "".join(
        named.get(each, each if each.isprintable() else f"\\x{ord(each):02x}") for each in text
    )
    assert unescaped(escaped) == text


def test_a_date_that_no_calendar_has_is_malformed():
    assert parsed_line(line().replace("20/May", "31/Feb"), COMBINED) is None


def test_a_log_that_does_not_fit_is_shown_beside_the_layout(tmp_path):
    text = refusal(written(tmp_path, *map(line, range(9))), compile_log_format("common"))
    assert "access.log:1:1: does not fit the common log format: 0 of its first 9 lines do" in text
    assert 'expected: <client> <identity> <user> [<time>] "<request>" <status> <bytes>' in text
    assert text.count("192.0.2.7") == 3
    assert 'fits up to its end, where " "-" "agent/1"" follows' in text
    assert "try --log-format combined: 9 of 9 lines fit it" in text


@pytest.mark.parametrize(
    ("first", "hint"),
    [
        ('{"time": 1}', "looks like JSON"),
        ("#Fields: date time", "W3C extended log"),
        ("what is this", "LogFormat (Apache) or log_format (nginx)"),
    ],
)
def test_an_unknown_layout_gets_advice(tmp_path, first, hint):
    text = refusal(written(tmp_path, first))
    assert hint in text
    assert first in text


def test_a_misfit_names_the_field_where_the_line_leaves_the_layout(tmp_path):
    text = refusal(written(tmp_path, line().replace("[20/May/2015", "[2015-05-20")))
    assert '<time> is expected at "2015-05-20:12:53:00' in text


@pytest.mark.parametrize(("fitting", "accepted"), [(500, True), (499, False)])
def test_half_of_the_first_thousand_lines_must_fit(tmp_path, fitting, accepted):
    rows = [line()] * fitting + ["junk"] * (1000 - fitting) + [line()] * 500
    file = written(tmp_path, *rows)
    if accepted:
        assert len(read(file)[0]) == fitting + 500
    else:
        assert "499 of its first 1,000 lines" in refusal(file)


def test_a_missing_log_says_so(tmp_path):
    assert refusal(tmp_path / "no.log").endswith(
        "no.log:1:1: cannot be read: No such file or directory"
    )


def test_a_directory_is_not_a_log(tmp_path):
    assert "cannot be read: Is a directory" in refusal(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_an_unreadable_log_says_so(tmp_path):
    file = written(tmp_path, line())
    file.chmod(0)
    assert "cannot be read: Permission denied" in refusal(file)


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", gzip.compress(b"", mtime=0)])
def test_an_empty_log_says_so(tmp_path, content):
    file = tmp_path / "access.log"
    file.write_bytes(content)
    assert "access.log:1:1: is empty" in refusal(file)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", bytes(range(256)) * 300])
def test_a_binary_file_is_not_a_log(tmp_path, content):
    file = tmp_path / "access.log"
    file.write_bytes(content)
    assert "is a binary file" in refusal(file)


@pytest.mark.parametrize(
    ("head", "name"), [(b"BZh9", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"\x28\xb5\x2f\xfd", "zstd")]
)
def test_another_compression_is_named(tmp_path, head, name):
    file = tmp_path / "access.log"
    file.write_bytes(head + b"....")
    assert f"is compressed by {name}" in refusal(file)


def test_gzip_that_was_cut_off_says_after_which_line(tmp_path):
    file = tmp_path / "access.log.gz"
    text = "\n".join(line(number % 60, f"GET /{number * 7919} HTTP/1.1") for number in range(3000))
    packed = gzip.compress(text.encode())
    file.write_bytes(packed[: len(packed) // 2])
    message = refusal(file)
    assert "its gzip data is damaged after line 1" in message
    assert "is it complete?" in message
