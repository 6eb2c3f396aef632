"""Script files."""

import json

import pytest

from pytest_llmock.errors import SettingsError
from pytest_llmock.faults import Fault
from pytest_llmock.llm import Message, Prompt, Text
from pytest_llmock.scripting.files import load_script, rules_of

PROMPT = Prompt((Message("user", (Text("Hello"),)),))
SCRIPT = """
rules:
  - on: {contains: Hello}
    fail: [429, {fault: cut, after: 2, times: 2}]
    then: [One., {fail: 500}, {answer: 3}]
  - reply: [a, b]
    times: 1
"""
RULES = {
    "rules": [
        {
            "on": {"contains": "Hello"},
            "fail": [429, {"fault": "cut", "after": 2, "times": 2}],
            "then": ["One.", {"fail": 500}, {"answer": 3}],
        },
        {"reply": ["a", "b"], "times": 1},
    ]
}


def answers(rule, number):
    steps = [claim and claim.step for claim in (rule.claim(PROMPT) for _ in range(number))]
    return [str(step) if isinstance(step, Fault) else step and step.text for step in steps]


@pytest.mark.parametrize(
    ("name", "text"), [("s.yaml", SCRIPT), ("s.json", json.dumps(RULES))], ids=["yaml", "json"]
)
def test_a_file_says_rules(tmp_path, name, text):
    """In YAML or JSON alike."""
    (tmp_path / name).write_text(text)

    first, second = load_script(tmp_path / name)

    assert answers(first, 7) == ["429", "cut@2", "cut@2", "One.", "500", '{"answer": 3}', '{"answer": 3}']
    assert answers(second, 3) == ["a", "b", None]
    assert str(first) == "contains='Hello'"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"ruls": []}, "f: has an unknown key 'ruls'. Did you mean 'rules'?"),
        ("text", "f: a script is a list of rules, or a mapping with one: 'rules: [...]'."),
        (["Hello"], "f: rules[0] is 'Hello': a rule is a mapping, such as {reply: Hello}."),
        ([{"replay": 1}], "f: rules[0] has an unknown key 'replay'. Did you mean 'reply'?"),
        ([{}], "f: rules[0] has neither reply nor fail: write one of them, and what follows as 'then'."),
        ([{"reply": 1, "fail": 500}], "f: rules[0] has both reply and fail: write one of them, and what follows as 'then'."),
        ([{"on": "x", "reply": 1}], "f: rules[0].on is 'x': write conditions, such as {contains: weather}."),
        ([{"on": {"predicate": "x"}, "reply": 1}], "f: rules[0].on: a predicate is a function, and stands in a test: .on(predicate=…)."),
        ([{"on": {"turn": 0}, "reply": 1}], "f: rules[0].on: The condition turn is 0: give a whole number from 1 up."),
        ([{"reply": 1, "times": "x"}], "f: rules[0].times: The number of times is 'x': give a whole number from 1 up."),
        ([{"reply": 1, "then": ["a", {"fail": 200}]}], "f: rules[0].then[1]: The fault status has status=200: give a status from 400 to 599."),
        ([{"fail": "cutt"}], "f: rules[0].fail: There is no fault 'cutt'. Did you mean 'cut'? A status is a fault too: '429'."),
        ([{"fail": []}], "f: rules[0].fail: a sequence of faults needs one at least: [429, cut@3]."),
        ([{"reply": 1, "then": {"fail": 500, "times": 2}}], "f: rules[0].then[0] has an unknown key 'times'. Known: fail. What is said of a fault stands in it: {fail: {status: 500, times: 2}}."),
        ([{"reply": []}], "f: rules[0].reply: A sequence of answers needs one at least: reply('first', 'second')."),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(data, message):
    """File, key path, and what would have worked."""
    with pytest.raises(SettingsError) as caught:
        rules_of(data, "f")

    assert caught.value.message == message.replace("f: has", "f has")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("s.yaml", "rules: [", "s.yaml: line "),
        ("s.json", "{", "s.json: it cannot be read: Expecting property name"),
        ("s.json", "[" * 100_000, "s.json: it is nested too deep."),
        (
            "s.yaml",
            "- reply: One.\n  reply: Two.",
            "s.yaml: line 2: the key 'reply' comes twice in its mapping.",
        ),
        (
            "s.json",
            '[{"reply": 1, "reply": 2}]',
            "s.json: it cannot be read: the key 'reply' comes twice in its object.",
        ),
    ],
)
def test_a_file_that_cannot_be_parsed_is_named(tmp_path, name, text, message):
    """With the line, where there is one."""
    (tmp_path / name).write_text(text)

    with pytest.raises(SettingsError) as caught:
        load_script(tmp_path / name)

    assert caught.value.message.startswith(message)


def test_numbers_and_words_are_those_of_yaml(tmp_path):
    """As a person writes them: neither the text ".5" nor a tool named "True"."""
    (tmp_path / "s.yaml").write_text(
        "- {on: {has_tool_result: False}, fail: {status: 429, retry_after: .5}, then: {celsius: .5}}"
    )

    (rule,) = load_script(tmp_path / "s.yaml")

    assert str(rule) == "has_tool_result=False"
    assert rule.claim(PROMPT).step == Fault("status", status=429, retry_after=0.5)
    assert answers(rule, 1) == ['{"celsius": 0.5}']


@pytest.mark.parametrize("name", ["s.yaml", "s.json"])
def test_a_mark_of_byte_order_is_passed_over(tmp_path, name):
    """Editors of Windows begin files with it."""
    (tmp_path / name).write_text('[{"reply": "Hello"}]', encoding="utf-8-sig")

    assert len(load_script(tmp_path / name)) == 1


def test_a_file_that_is_not_there_is_named(tmp_path):
    """And what to do."""
    with pytest.raises(
        SettingsError, match=r"x\.yaml cannot be read: No such file or directory\. Create it, or"
    ):
        load_script(tmp_path / "x.yaml")
