"""Metrics for Prometheus: how chains, providers, proofs and deposits stand, when asked for."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from chains import deposits, health, proofs
from feeshare.chain_alarms import alarms
from feeshare.database import reading
from feeshare.settings import Settings

LOOPBACK = "127.0.0.1"


class Standing(Collector):
    """Gauges of the present moment; nothing is kept between two looks."""

    def __init__(self, engine: Engine, settings: Settings, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._settings = settings
        self._now = now

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield the gauges as the books have them now; times are seconds since 1970, UTC."""
        final = _gauge("chain_final_block", "Newest final block that was read.", "chain")
        lag = _gauge("chain_lag_seconds", "Age of the newest final block.", "chain")
        success = _gauge("chain_last_success_seconds", "When a scan last succeeded.", "chain")
        took = _gauge("chain_scan_seconds", "How long the last scan took.", "chain")
        failing = _gauge("chain_failing", "1 where the last scan found a fault.", "chain")
        provider = _gauge("provider_failing", "1 where a provider fails.", "chain", "provider")
        residue = _gauge("chain_residues", "Balances that are not proved.", "wallet")
        state = _gauge("deposits", "Deposits by where they stand.", "state")
        alarm = _gauge("chain_alarms", "What needs a person, by kind.", "kind")
        now = self._now()
        with reading(self._engine) as session:
            for chain, scan in sorted(health.scans(session).items()):
                final.add_metric([chain], scan.final)
                failing.add_metric([chain], bool(scan.fault))
                took.add_metric([chain], scan.seconds)
                if scan.final_at:
                    lag.add_metric([chain], (now - scan.final_at).total_seconds())
                if scan.succeeded_at:
                    success.add_metric([chain], scan.succeeded_at.timestamp())
            for row in health.providers(session):
                provider.add_metric([row.chain, row.provider], bool(row.fault))
            residues = Counter(each.bank_account for each in proofs.residues(session))
            states = Counter(each.state for each in deposits.all_deposits(session, now.date()))
            kinds = Counter(each.kind for each in alarms(session, self._settings, now))
        for gauge, counts in ((residue, residues), (state, states), (alarm, kinds)):
            for name, count in sorted(counts.items()):
                gauge.add_metric([str(name)], count)
        yield from (final, lag, success, took, failing, provider, residue, state, alarm)


def serve_metrics(engine: Engine, settings: Settings, now: Callable[[], datetime]) -> None:
    """Serve the gauges on the port that is set, to this machine alone."""
    registry = CollectorRegistry()
    registry.register(Standing(engine, settings, now))
    if settings.metrics_port is not None:
        start_http_server(settings.metrics_port, addr=LOOPBACK, registry=registry)


def _gauge(name: str, about: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"feeshare_{name}", about, labels=list(labels))
