"""How good data is: completeness, validity and realism from 0 to 1, each with its reasons.

`findings` collects what is wrong, from `shapes.validate` (the shape), the model itself, `shapes.checks`
(common sense, rules) and `realism`, as `gathering` asks them; `tree` has the formula that makes figures of
that.
"""

from collections.abc import Mapping, Sequence

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.checks import has_field
from pytest_llmock.shapes.quality.arguments import (
    JUDGE,
    Metric,
    Metrics,
    check_share,
    checked_data,
    checked_rules,
    full_weights,
    measured,
    named_metrics,
)
from pytest_llmock.shapes.quality.gathering import Asked, by_model, by_shape, found, number_of_records
from pytest_llmock.shapes.quality.report import (
    LOCALLY,
    METRICS,
    NOT_CHECKED,
    QualityIssue,
    QualityReport,
    RuleCheck,
    shown,
)
from pytest_llmock.shapes.quality.tree import shares
from pytest_llmock.shapes.rules import read

__all__ = [
    "JUDGE",
    "Metric",
    "Metrics",
    "QualityIssue",
    "QualityReport",
    "RuleCheck",
    "check_arguments",
    "check_share",
    "score",
    "shown",
    "unread",
]


def score(  # noqa: PLR0913 - what there is to say about quality, all by keyword
    data: JSON,
    *,
    shape: object = None,
    rules: Sequence[str] = (),
    model: object = None,
    weights: Mapping[str, float] | None = None,
    metrics: Metrics = (),
) -> QualityReport:
    """How good the data is: a record, a list of records, or an object around a list.

    `shape` is what the data must look like (example JSON, a JSON Schema or a type), `model` a pydantic model
    that validates it; one of a single record holds for each in a list. `rules` are sentences: those that are
    understood in full are checked, the report says of the others that nobody checked them. `metrics` are
    functions of yours from the data to 0 to 1, or to (figure, reasons); `weights` is what each metric counts,
    by name, 1 where nothing is said.

    Raises SettingsError for bad arguments, RequestError for data that is not JSON, ShapeError.
    """
    data, custom, rules = checked_data(data), named_metrics(metrics), checked_rules(rules)
    full = full_weights(weights, [*METRICS, *custom])
    asked = _asked(shape, model)
    unchecked = unread(rules)
    findings = found(data, asked, [rule for rule in rules if rule not in unchecked])
    figures = dict(zip(METRICS, shares(findings), strict=True))
    issues = list(findings.issues)
    for name, function in custom.items():
        figures[name], reasons = measured(name, function, data)
        issues += [QualityIssue("", name, reason) for reason in reasons]
    return QualityReport(
        round(sum(full[name] * figures[name] for name in figures) / sum(full.values()), 6),
        figures["completeness"],
        figures["validity"],
        figures["realism"],
        issues=tuple(issues),
        metrics={name: figures[name] for name in custom},
        weights=full,
        rules=tuple(
            RuleCheck(rule, NOT_CHECKED if rule in unchecked else _how(rule, data)) for rule in rules
        ),
        records=number_of_records(data, asked),
    )


def _how(rule: str, data: JSON) -> str:
    """How a rule was checked locally; a rule about a field that nothing has was kept by nothing."""
    about = read(rule).field_rule
    if about is None or about.is_required or has_field(data, about):
        return LOCALLY
    return f"{LOCALLY}: nothing is called '{about.name}'"


def check_arguments(  # noqa: PLR0913 - those of `score`
    data: JSON,
    *,
    shape: object,
    rules: Sequence[str],
    model: object,
    weights: Mapping[str, float] | None,
    metrics: Metrics,
) -> dict[str, Metric]:
    """The custom metrics by name, when `score` would take all of this: before anybody is asked for money."""
    checked_data(data)
    checked_rules(rules)
    custom = named_metrics(metrics)
    full_weights(weights, [*METRICS, *custom])
    _asked(shape, model)
    return custom


def _asked(shape: object, model: object) -> list[Asked]:
    by = [by_shape(shape)] if shape is not None else []
    return by if model is None else [*by, by_model(model)]


def unread(rules: Sequence[str]) -> tuple[str, ...]:
    """The rules that nobody but a judge can check: some word of them is not understood."""
    return tuple(rule for rule in rules if not read(rule).is_whole)
