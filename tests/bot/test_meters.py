"""The process's own figures."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.meters import PREFIX, PrometheusMeters
from core.meters import COUNTERS, EVENTS, GAUGES, STALLS, WAITING


def samples(meters):
    """Every figure of the text, by its name and label."""
    text = meters.text().decode()
    return {
        (sample.name.removeprefix(PREFIX), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_every_value_of_a_counter_is_shown_before_anything_happened():
    shown = samples(PrometheusMeters())

    wanted = {
        (f"{counter.name}_total", *([value] if counter.label else []))
        for counter in COUNTERS
        for value in counter.values
    }
    assert set(shown) == wanted
    assert set(shown.values()) == {0}


def test_what_is_counted_adds_up_by_label():
    meters = PrometheusMeters()

    meters.count(EVENTS, "done")
    meters.count(EVENTS, "done", 4)
    meters.count(STALLS)

    shown = samples(meters)
    assert shown["events_total", "done"] == meters.value(EVENTS, "done") == 5
    assert shown["events_total", "put_off"] == 0
    assert shown[("loop_stalls_total",)] == meters.value(STALLS) == 1


def test_a_value_that_the_counter_does_not_know_is_refused():
    with pytest.raises(ValueError, match="Ada"):
        PrometheusMeters().count(EVENTS, "Ada Lovelace")


def test_a_gauge_shows_only_the_latest_reading():
    meters = PrometheusMeters()
    meters.set(WAITING, {"events": 3, "announcements": 1})

    meters.set(WAITING, {"events": 2})

    shown = samples(meters)
    assert shown["waiting", "events"] == 2
    assert ("waiting", "announcements") not in shown


def test_two_registries_do_not_share_their_figures():
    one, other = PrometheusMeters(), PrometheusMeters()

    one.count(STALLS)

    assert other.value(STALLS) == 0


def test_names_and_labels_are_unique_and_fit_prometheus():
    names = [thing.name for thing in (*COUNTERS, *GAUGES)]

    assert len(names) == len(set(names))
    assert all(name.replace("_", "").isalpha() and name.islower() for name in names)
