"""What the generator says in a chat: JSON of the response schema, a tool call, or a few words."""

import json
import re
from collections.abc import Mapping
from random import Random

from pytest_llmock.clock import pick, random_for, seed_of
from pytest_llmock.folding import since_user
from pytest_llmock.llm import JSON, Message, Prompt, Tool, ToolCall, ToolResult
from pytest_llmock.shapes.sample import compile_sampler

SHOWN_CHARACTERS = 300
TOPIC_WORDS = 12
_CAPITAL = re.compile(r"(?<=[\s(\"'])[A-ZÀ-Þ][\w'-]+(?:\s[A-ZÀ-Þ][\w'-]+)*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_QUOTED = re.compile(r"[\"'“]([^\"'”]{1,200})[\"'”]")
_SPACE = re.compile(r"\s+")

_OPENINGS = (
    "Here is a short answer about {topic}.",
    "You asked about {topic}.",
    "On {topic}, the essentials fit in a few lines.",
    "A few points about {topic}.",
)
_MIDDLES = (
    "The main idea is simple, and the details follow from it.",
    "Two things matter most: what it is for, and when it applies.",
    "It is best understood step by step, from the general to the particular.",
    "The first step is to be clear about the goal.",
)
_CLOSINGS = (
    "Let me know if you would like an example.",
    "I can go into more detail on any part of it.",
    "That should be enough to start with.",
    "Everything else builds on that.",
)


def reply(prompt: Prompt, *, seed: int, variant: int = 0, locale: str = "en") -> str | ToolCall:
    """The answer to a chat: the text of it, or the tool that is called.

    It depends on seed, variant, the words of the conversation, tools and schema; not on ids or sampling.
    """
    base = seed_of(seed, variant, *(_words(message) for message in prompt.messages))
    tool = _tool_to_call(prompt)
    if tool is not None:
        return _call(tool, prompt, base, locale)
    if prompt.schema is not None:
        asked = prompt.schema.schema
        schema: dict[str, JSON] = {"type": "object"} if asked is None else dict(asked)
        value = compile_sampler(schema, noun=prompt.schema.name, locale=locale).one(base)
        return json.dumps(value, ensure_ascii=False)
    results = _results_since_user(prompt)
    return _report(results) if results else _prose(prompt, random_for(base))


def _words(message: Message) -> str:
    """What a message says, without the ids that differ from run to run."""
    said = [message.role, message.text]
    for part in message.parts:
        if isinstance(part, ToolCall):
            said += [part.name, part.arguments]
        elif isinstance(part, ToolResult):
            said.append(part.content)
    return "\x1e".join(said)


def thought(prompt: Prompt) -> str:
    """What is thought before the answer, where the request asks to see that; else nothing."""
    return f"The question is about {_topic(prompt)}. I can answer it at once." if _thinks(prompt) else ""


def _thinks(prompt: Prompt) -> bool:
    if not prompt.extensions:
        return False
    said = prompt.extensions  # Anthropic's `thinking`, Ollama's `think`, Gemini's `thinkingConfig`
    thinking, config, own = said.get("thinking"), said.get("thinkingConfig"), said.get("responses")
    kind = thinking.get("type") if isinstance(thinking, dict) else None
    shown = config.get("includeThoughts") if isinstance(config, dict) else False
    reasoning = own.get("reasoning") if isinstance(own, dict) else None  # of OpenAI's responses
    summary = reasoning.get("summary") if isinstance(reasoning, dict) else None
    return kind in ("enabled", "adaptive") or bool(said.get("think") or shown or summary)


def _results_since_user(prompt: Prompt) -> list[ToolResult]:
    return [part for message in since_user(prompt) for part in message.parts if isinstance(part, ToolResult)]


def _tool_to_call(prompt: Prompt) -> Tool | None:
    """The named tool, else the first allowed one not called since the user spoke; None for words."""
    choice = prompt.tool_choice
    if not prompt.tools or (choice is not None and choice.mode == "none"):
        return None
    if choice is not None and choice.mode == "named":
        return next((tool for tool in prompt.tools if tool.name == choice.name), None)
    called = {
        part.name for message in since_user(prompt) for part in message.parts if isinstance(part, ToolCall)
    }
    allowed = _allowed(prompt)
    return next((tool for tool in prompt.tools if tool.name in allowed - called), None)


def _allowed(prompt: Prompt) -> set[str]:
    """The tools that may be called: those offered, or of them those that `allowed_tools` lists."""
    offered = {tool.name for tool in prompt.tools}
    said = prompt.extensions.get("tool_choice")
    listed = said.get("allowed_tools") if isinstance(said, dict) else None
    listed = listed.get("tools") if isinstance(listed, dict) else None
    if not isinstance(listed, list):
        return offered
    functions = [tool.get("function") for tool in listed if isinstance(tool, dict)]
    return offered & {str(function.get("name")) for function in functions if isinstance(function, dict)}


def _call(tool: Tool, prompt: Prompt, base: int, locale: str) -> ToolCall:
    schema = {"type": "object", **tool.parameters}
    given = _mentioned(schema, _last_user_text(prompt))
    arguments = compile_sampler(schema, noun=tool.name, locale=locale).one(base, 0, given)
    call_id = f"call_{seed_of(base, tool.name):016x}"
    return ToolCall(call_id, tool.name, json.dumps(arguments, ensure_ascii=False))


def _mentioned(schema: Mapping[str, JSON], text: str) -> dict[str, JSON]:
    """Values for the schema's properties that the text mentions, each used once: names, numbers, quotes."""
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return {}
    names, numbers = _CAPITAL.findall(text), _NUMBER.findall(text)
    quotes = _QUOTED.findall(text)
    found: dict[str, JSON] = {}
    for name, part in properties.items():
        value = _value_for(part if isinstance(part, dict) else {}, text, names, numbers, quotes)
        if value is not None:
            found[name] = value
    return found


def _value_for(
    part: Mapping[str, JSON], text: str, names: list[str], numbers: list[str], quotes: list[str]
) -> JSON:
    options = part.get("enum")
    if isinstance(options, list):
        words = {word.lower() for word in re.findall(r"\w+", text)}
        return next((option for option in options if str(option).lower() in words), None)
    if part.get("type") in ("integer", "number") and numbers:
        number = float(numbers.pop(0))
        return int(number) if number.is_integer() else number
    if part.get("type") == "string" and (quotes or names):
        return (quotes or names).pop(0)
    return None


def _last_user_text(prompt: Prompt) -> str:
    return next((message.text for message in reversed(prompt.messages) if message.role == "user"), "")


def _report(results: list[ToolResult]) -> str:
    shown = "; ".join(_SPACE.sub(" ", result.content).strip()[:SHOWN_CHARACTERS] for result in results)
    return f"Here is what I found: {shown}."


def _topic(prompt: Prompt) -> str:
    topic = " ".join(_SPACE.sub(" ", _last_user_text(prompt)).split(" ")[:TOPIC_WORDS]).strip(" .?!,;:")
    return f'"{topic[:SHOWN_CHARACTERS]}"' if topic else "this"


def _prose(prompt: Prompt, random: Random) -> str:
    opening = pick(random, _OPENINGS).format(topic=_topic(prompt))
    return f"{opening} {pick(random, _MIDDLES)} {pick(random, _CLOSINGS)}"
