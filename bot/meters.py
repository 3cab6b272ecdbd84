"""The process's own figures, kept in prometheus-client's registry."""

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client import Counter as PrometheusCounter
from prometheus_client import Gauge as PrometheusGauge

from core.meters import COUNTERS, GAUGES, Counter, Gauge

PREFIX = "patreon_bot_"


class PrometheusMeters:
    """Implements `core.meters.Meters` with a registry of its own.

    Every value of a counter stands at 0 from the start: a rate over a series that only appears
    with its first event misses that event.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        # By value: looking a label up costs more than counting.
        self._counters = {
            (counter, value): series
            for counter in COUNTERS
            for value, series in self._new_counter(counter).items()
        }
        self._gauges = {gauge: self._new_gauge(gauge) for gauge in GAUGES}

    def count(self, counter: Counter, value: str = "", amount: int = 1) -> None:
        """Count something that happened.

        Raises:
            ValueError: the counter knows no such value.
        """
        series = self._counters.get((counter, value))
        if series is None:
            raise ValueError(f"The counter {counter.name} knows no {value!r}.")
        series.inc(amount)

    def set(self, gauge: Gauge, readings: dict[str, float]) -> None:
        """Replace everything that a gauge shows."""
        kept = self._gauges[gauge]
        if gauge.label:
            kept.clear()
        for value, reading in readings.items():
            (kept.labels(value) if gauge.label else kept).set(reading)

    def value(self, counter: Counter, value: str = "") -> int:
        """Tell how often something happened since the start."""
        labels = {counter.label: value} if counter.label else {}
        return int(self._registry.get_sample_value(f"{PREFIX}{counter.name}_total", labels) or 0)

    def text(self) -> bytes:
        """Write every figure in the text format that Prometheus reads."""
        return generate_latest(self._registry)

    def _new_counter(self, counter: Counter) -> dict[str, PrometheusCounter]:
        labels = [counter.label] if counter.label else []
        kept = PrometheusCounter(
            PREFIX + counter.name, counter.about, labels, registry=self._registry
        )
        return {v: kept.labels(v) if counter.label else kept for v in counter.values}

    def _new_gauge(self, gauge: Gauge) -> PrometheusGauge:
        labels = [gauge.label] if gauge.label else []
        return PrometheusGauge(PREFIX + gauge.name, gauge.about, labels, registry=self._registry)
