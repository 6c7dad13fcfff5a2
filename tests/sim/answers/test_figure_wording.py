from __future__ import annotations

import pytest

from sim.answers.figure_wording import figure_in_words, value_in_words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("p99_s:pay", 0.3104, "p99 of pay 310 ms"),
        ("p999_s:付款", 1.24, "p99.9 of 付款 1.24 s"),
        ("drain_s:order_queue", 1110.0, "drain time of order_queue 18.5 min"),
        ("success_ratio:pay", 0.99604, "success of pay 99.604 %"),
        ("success_ratio:pay", 0.99595, "success of pay 99.595 %"),
        ("success_ratio:pay", 0.9959999, "success of pay 99.599 %"),
        ("success_ratio:pay", 0.94996, "success of pay 94.99 %"),
        ("success_ratio:pay", 0.9999999999, "success of pay 99.999999 %"),
        ("success_ratio:pay", 1.0, "success of pay 100 %"),
        ("in_time_ratio:next_day", 0.999, "next_day in time 99.9 %"),
        ("peak_utilisation_ratio:database", 0.713, "database busy at its peak 71.3 %"),
        ("goodput_per_s", 1234.5, "goodput 1,234/s"),
        (
            "retry_ratio:pay/call/hold threads/attempt wechat",
            0.25,
            "retries of wechat in pay per first try 25 %",
        ),
        ("oversold", 0.0, "units oversold 0"),
        ("in_time_ratio:next_day", 0.92, "next_day in time 92 %"),
        ("elapsed_p95_s:shipped", 172800.0, "p95 until shipped 2 d"),
    ],
)
def test_a_figure_has_a_name_and_a_unit_for_people(name, value, words):
    assert f"{figure_in_words(name)} {value_in_words(name, value)}" == words
