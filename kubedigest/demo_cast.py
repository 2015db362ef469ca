"""The demo's cast: what the teams of an invented web shop run, and what keeps going wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Workload:
    """What a team runs; its pods are named by Kubernetes' rules for its kind."""

    namespace: str
    kind: str
    name: str
    tag: str  # of the image registry.example.com/<namespace>/<name>
    replicas: int = 2

    @property
    def image(self) -> str:
        """The image its container runs."""
        return f"registry.example.com/{self.namespace}/{self.name}:{self.tag}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nuisance:
    """A failure that comes and goes: so many episodes a weekday, each a few occurrences."""

    workload: Workload
    reason: str
    message: str  # {ip} stands for the pod's address; "" means that its container crashes
    per_day: float
    occurrences: tuple[int, int]  # of an episode, at least and at most
    spacing_seconds: float
    hours: tuple[float, float] = (8, 20)
    days_ago: tuple[int, int] = (400, 0)  # from, to


PRODUCTION_NODES = tuple(f"eu-worker-{n:02}" for n in range(1, 9))
STAGING_NODES = tuple(f"stg-worker-{n:02}" for n in range(1, 4))

STOREFRONT = Workload("shop", "Deployment", "storefront", "5.18.2", 4)
CART = Workload("shop", "Deployment", "cart", "3.4.0", 3)
INVENTORY = Workload("shop", "Deployment", "inventory", "1.9.7")
CHECKOUT = Workload("payments", "Deployment", "checkout-api", "2.31.0", 4)
LEDGER = Workload("payments", "Deployment", "ledger-writer", "4.0.1")
LEDGER_DB = Workload("payments", "StatefulSet", "ledger-db", "16.4", 3)
SEARCH_API = Workload("search", "Deployment", "search-api", "8.2.5", 3)
SEARCH_INDEX = Workload("search", "StatefulSet", "search-index", "8.2.5", 3)
TIMESERIES = Workload("data", "StatefulSet", "timeseries", "2.55.1", 3)
ETL_LOADER = Workload("data", "Deployment", "etl-loader", "0.27.3", 1)
NIGHTLY_EXPORT = Workload("data", "CronJob", "nightly-export", "1.2.0")
INVOICE_RUN = Workload("batch", "CronJob", "invoice-run", "2.8.0")
PRICE_IMPORT = Workload("batch", "CronJob", "price-import", "1.14.6")
IMAGE_RESIZER = Workload("media", "Deployment", "image-resizer", "6.1.0", 3)
INGRESS = Workload("platform", "Deployment", "ingress-gateway", "1.24.1", 3)
LOG_AGENT = Workload("platform", "DaemonSet", "log-agent", "3.1.9")
PREVIEW = Workload("shop", "Deployment", "storefront-preview", "5.19.0-rc.3", 1)
LOAD_TEST = Workload("platform", "Deployment", "load-generator", "0.9.2")
FIXTURES = Workload("data", "CronJob", "refresh-fixtures", "1.2.0")

PRODUCTION_RELEASES = (STOREFRONT, CART, INVENTORY, SEARCH_API, INGRESS)
PRODUCTION_OTHERS = (
    *(CHECKOUT, LEDGER, LEDGER_DB, SEARCH_INDEX, TIMESERIES, ETL_LOADER, IMAGE_RESIZER),
    LOG_AGENT,
)
STAGING_RELEASES = (STOREFRONT, CART, CHECKOUT, SEARCH_API, PREVIEW)
STAGING_OTHERS = (SEARCH_INDEX, LOAD_TEST, LOG_AGENT)

_TIMEOUT = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
PRODUCTION_NUISANCES = (
    Nuisance(
        workload=STOREFRONT,
        reason="Unhealthy",
        message=f'Readiness probe failed: Get "http://{{ip}}:8080/healthz": {_TIMEOUT}',
        per_day=4,
        occurrences=(1, 4),
        spacing_seconds=10,
    ),
    Nuisance(
        workload=SEARCH_API,
        reason="Unhealthy",
        message="Readiness probe failed: HTTP probe failed with statuscode: 503",
        per_day=2,
        occurrences=(2, 6),
        spacing_seconds=5,
    ),
    Nuisance(
        workload=LOG_AGENT,
        reason="Unhealthy",
        message="Readiness probe failed: dial tcp {ip}:2020: connect: connection refused",
        per_day=1.5,
        occurrences=(1, 3),
        spacing_seconds=10,
        hours=(0, 24),
    ),
    Nuisance(
        workload=CART,
        reason="Unhealthy",
        message=f'Liveness probe failed: Get "http://{{ip}}:8080/livez": {_TIMEOUT}',
        per_day=1,
        occurrences=(1, 3),
        spacing_seconds=20,
    ),
    Nuisance(  # cured the day before yesterday
        workload=IMAGE_RESIZER,
        reason="BackOff",
        message="",
        per_day=5,
        occurrences=(4, 12),
        spacing_seconds=12,
        hours=(7, 23),
        days_ago=(20, 3),
    ),
)
STAGING_NUISANCES = (
    Nuisance(
        workload=PREVIEW,
        reason="BackOff",
        message="",
        per_day=2,
        occurrences=(3, 9),
        spacing_seconds=12,
        hours=(9, 19),
    ),
    Nuisance(
        workload=CHECKOUT,
        reason="Unhealthy",
        message="Startup probe failed: HTTP probe failed with statuscode: 500",
        per_day=1.5,
        occurrences=(2, 8),
        spacing_seconds=5,
        hours=(9, 18),
    ),
    Nuisance(
        workload=SEARCH_INDEX,
        reason="FailedMount",
        message='MountVolume.SetUp failed for volume "synonyms" : '
        'configmap "search-synonyms-v7" not found',
        per_day=0.6,
        occurrences=(5, 9),
        spacing_seconds=120,
        hours=(9, 18),
    ),
)
