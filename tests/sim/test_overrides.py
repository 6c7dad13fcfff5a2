from __future__ import annotations

import pytest

from reports.documents.located_yaml import LocatedYaml, parse_yaml
from reports.documents.mistake import DocumentError
from sim.overrides import overridden, parse_override, read_overridden

TEXT = """\
service_model: tiny
stations:
  payment: {servers: 4}
  database: {servers: 8}
steps:
  pay: {call: [{at: payment, mean: 30ms}, {at: database, mean: 1ms}]}
"""


def changed(*written: str):
    located = parse_yaml(TEXT, "tiny.yaml")
    return overridden(located, [parse_override(each) for each in written]).value


def test_an_override_replaces_the_value_at_its_path():
    assert changed("stations.payment.servers=40")["stations"]["payment"] == {"servers": 40}
    assert changed("steps.pay.call[1].mean=2ms")["steps"]["pay"]["call"][1]["mean"] == "2ms"


def test_the_value_is_yaml_as_in_the_file():
    found = changed("stations.payment={servers: unlimited, calibrated: false}")
    assert found["stations"]["payment"] == {"servers": "unlimited", "calibrated": False}


def test_a_key_that_may_be_left_out_can_be_added():
    assert changed("stations.payment.queue_limit=9")["stations"]["payment"]["queue_limit"] == 9


def test_the_document_itself_stays_as_it_is():
    located = parse_yaml(TEXT, "tiny.yaml")
    overridden(located, [parse_override("stations.payment.servers=40")])
    assert located.value["stations"]["payment"] == {"servers": 4}


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("stations.paymnt.servers=4", r'did you mean "payment"\?.*there are: payment, database'),
        ("station.payment.servers=4", r'the model has no station, did you mean "stations"\?'),
        ("steps.pay.call[7].mean=1ms", r"steps.pay.call has no \[7\], there are \[0\] to \[1\]"),
        ("stations.payment.servers.most=4", "which is a single value"),
        ("stations.payment.servers", "must be PATH=VALUE as in stations.payment.servers=40"),
        ("=4", "must be PATH=VALUE"),
        ("stations..servers=4", "must be PATH=VALUE"),
    ],
)
def test_a_wrong_path_says_which_keys_there_are(written, words):
    with pytest.raises(DocumentError, match=words):
        changed(written)


def test_every_wrong_override_is_told_at_once():
    with pytest.raises(DocumentError) as caught:
        changed("a.b=1", "c.d=2")
    assert len(caught.value.mistakes) == 2


def test_a_mistake_in_an_overridden_value_is_told_of_the_option_and_others_of_the_file():
    def read(edit):
        located: LocatedYaml = edit(parse_yaml(TEXT, "tiny.yaml"))
        paths = (("stations", "payment", "servers"), ("stations", "database", "servers"))
        raise DocumentError([located.mistake(path, "must be fewer") for path in paths])

    with pytest.raises(DocumentError) as caught:
        read_overridden(read, [parse_override("stations.payment.servers=40")])
    assert sorted(str(each) for each in caught.value.mistakes) == [
        "--set stations.payment.servers=40: must be fewer",
        "tiny.yaml:4:23 stations.database.servers: must be fewer",
    ]
