"""Every mistake of an adapter file, at once, with its line and column."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import targets.adapters
from reports.documents.located_yaml import read_yaml
from reports.documents.mistake import DocumentError
from scenarios.rehearsal.document_kind import schema_of
from targets.adapters.adapter_file import read_adapter
from tests.targets.adapters.talks import mistakes_of

MANY = """\
adapter: bad
haeders: {a: b}
user: "{{ usr }}"
pick:
  sku: {by: sku, from: [a]}
  w: {by: skus, from: []}
rules:
  - ok: {json: code, equals: 0}
  - rejected: 9xx
  - {ok: 200, failed: 500}
  - rejected: {status: 200, in: [a]}
  - rejected: {json: "$.a[", matches: "("}
steps:
  open_home: /
  view: GET /p/{{ skuu }}
  log_in:
    methd: POST
    path: login
    json: {a: {b: ["{{ us er }}", "{{ order }}"]}}
    carry: {token: token, "a b": {cookie: x, header: y}, user: $.a, re: {text: "["}}
  place_order:
    - path: /x
      needs: {order: log_im, token: place_order}
      repeat: {until: {json: $.x}, pause: -1s, most: 0}
      after: soon
    - path: /y/{{ sku }
      carry: {order: $.order}
  empty: []
  nothing:
"""
EXPECTED = """\
2:1 haeders: unknown key, did you mean "headers"?
3:7 user: unknown name "usr" in a template
5:8 pick.sku: is a name that is taken already
6:11 pick.w.by: must be 'sku' or 'visit', got "skus"
8:16 rules[0].ok.json: must be a JSON path
9:15 rules[1].rejected.status: must be a status such as
10:5 rules[2]: must have exactly one of ok, rejected, failed
11:15 rules[3].rejected: has a test but no value to test
12:22 rules[4].rejected.json: is not a JSON path from character 4
12:39 rules[4].rejected.matches: is not a regular expression
14:14 steps.open_home: must be a call such as
15:9 steps.view: unknown name "skuu" in a template, did you mean "sku"?
17:5 steps.log_in.methd: unknown key, did you mean "method"?
18:11 steps.log_in.path: must start with "/"
19:20 steps.log_in.json.a.b[0]: {{ us er }} is no template
19:35 steps.log_in.json.a.b[1]: "order" is carried only later, by step place_order
20:20 steps.log_in.carry.token.json: must be a JSON path
20:34 steps.log_in.carry.a b: must have exactly one of json, header, cookie
20:34 steps.log_in.carry.a b: must be a name of letters
20:64 steps.log_in.carry.user: is a name that is taken already
20:80 steps.log_in.carry.re.text: is not a regular expression
23:22 steps.place_order[0].needs.order: unknown step "log_im", did you mean "log_in"?
23:37 steps.place_order[0].needs.token: step place_order does not carry token
24:43 steps.place_order[0].repeat.pause: must be > 0, got "-1s"
24:54 steps.place_order[0].repeat.most: must be greater than or equal to 1, got 0
25:14 steps.place_order[0].after: must be a duration
26:13 steps.place_order[1].path: has {{ without }}
28:10 steps.empty: must be a call or a list of calls
29:11 steps.nothing: must be a call or a list of calls
"""


def test_every_mistake_is_told_at_once_with_its_place() -> None:
    found = mistakes_of(MANY)
    expected = EXPECTED.splitlines()
    assert len(found) == len(expected), "\n".join(found)
    for told, wanted in zip(found, expected, strict=True):
        assert told.startswith(f"shop.yaml:{wanted}")


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ("{s: {path: /, json: {}, form: {}}}", "steps.s: must have at most one of json, form"),
        ("{s: {path: /, rules: [{ok: {equals: 1}}]}}", "has a test but no value to test"),
        ("{s: {path: /, rules: [{ok: {}}]}}", "must have at least one of status, json"),
        ("{s: {path: /, rules: [{ok: {json: $.a, equals: 1, exists: true}}]}}", "at most one of"),
        ("{s: {path: /, rules: [{ok: {json: $.a, header: b}}]}}", "at most one of json, header"),
        ("{s: {path: /, rules: [{rejected: 409, reason: $code}]}}", "JSON path"),
        ("{s: {path: /, graphql: {query: 'q { {{ sku }} }'}}}", "put the value into variables"),
        ("{s: {path: /, method: FETCH}}", "steps.s.method: must be 'GET', 'POST'"),
        ("{s: {path: /, needs: {a: t}}, t: {path: /, needs: {b: s}, carry: {a: $.a}}}",
         "does not carry b"),
        ("{s: {path: /, needs: {a: t}, carry: {b: $.b}}, t: {path: /, needs: {b: s}, carry: "
         "{a: $.a}}}", "step t needs step s in turn"),
        ("{s: {path: /, carry: {a: {json: $.a, pattern: '['}}}}", "is not a regular expression"),
        ("{}", "must have at least one step"),
        ("[a]", "steps: "),
        ("{s: 5}", "must be a call or a list of calls"),
        ("{s: [5]}", "steps.s[0]: "),
        ("{s: {path: 5, carry: 5, needs: 5, graphql: 5, rules: 5}}", "steps.s.carry"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_where_it_stands(steps: str, wanted: str) -> None:
    assert any(wanted in each for each in mistakes_of(f"adapter: a\nsteps: {steps}\n"))


@pytest.mark.parametrize("text", ["5", "[]", "adapter: a", "steps: {s: GET /}", "{}"])
def test_a_document_that_is_no_adapter_is_refused_without_a_traceback(text: str) -> None:
    assert mistakes_of(text)


def test_a_file_that_is_not_there_or_binary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        read_adapter(tmp_path / "none.yaml")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\0\1\2")
    with pytest.raises(DocumentError, match="not a text file"):
        read_adapter(binary)


def test_the_schema_accepts_the_example_and_refuses_an_unknown_key() -> None:
    schema = json.loads(schema_of("adapter"))
    example = read_yaml(Path(targets.adapters.__path__[0]) / "example.yaml").value
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(example, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**example, "haeders": {}}, schema)
