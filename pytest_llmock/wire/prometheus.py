"""Prometheus' text exposition format 0.0.4: metrics as a scraper reads them.

Spec: https://prometheus.io/docs/instrumenting/exposition_formats/ (read 2026-11-21).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Kind: TypeAlias = Literal["counter", "gauge", "summary"]
_IN_HELP = str.maketrans({"\\": r"\\", "\n": r"\n"})
_IN_LABEL = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


@dataclass(frozen=True, slots=True)
class Sample:
    """One value under its labels. `suffix` tells the parts of a summary apart: "_sum", "_count"."""

    labels: Mapping[str, str]
    value: float | Decimal
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """All samples of one name, which ends in "_total" when it is a counter."""

    name: str
    kind: Kind
    help: str
    samples: tuple[Sample, ...]


def encode_metrics(metrics: Iterable[Metric]) -> str:
    """The metrics as text, each with its HELP and TYPE; a metric without samples is left out."""
    return "".join(_metric(metric) for metric in metrics if metric.samples)


def _metric(metric: Metric) -> str:
    lines = [
        f"# HELP {metric.name} {metric.help.translate(_IN_HELP)}",
        f"# TYPE {metric.name} {metric.kind}",
        *(_line(metric.name, sample) for sample in metric.samples),
    ]
    return "\n".join([*lines, ""])  # the last line must end too


def _line(name: str, sample: Sample) -> str:
    labels = ",".join(f'{label}="{value.translate(_IN_LABEL)}"' for label, value in sample.labels.items())
    braced = f"{{{labels}}}" if labels else ""
    return f"{name}{sample.suffix}{braced} {sample.value}"
