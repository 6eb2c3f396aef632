"""The code under test: an answer when there is one, an apology when there is none, never a traceback."""

import json

import openai

MODEL = "gpt-5-mini"
APOLOGY = "Sorry, I cannot answer just now."


def answer(question: str, *, client: openai.OpenAI) -> str:
    messages = [{"role": "user", "content": question}]
    try:
        choice = client.chat.completions.create(model=MODEL, messages=messages).choices[0]
    except (openai.APIError, json.JSONDecodeError):
        return APOLOGY
    if choice.finish_reason == "length":
        return f"{choice.message.content}…"
    return choice.message.content or APOLOGY


def stream(question: str, *, client: openai.OpenAI) -> tuple[str, bool]:
    """The words as far as they came, and whether that is all."""
    words = []
    try:
        for chunk in client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": question}], stream=True
        ):
            if chunk.choices and chunk.choices[0].delta.content:
                words.append(chunk.choices[0].delta.content)
            if chunk.choices and chunk.choices[0].finish_reason:
                return "".join(words), True
    except openai.APIError:
        pass
    return "".join(words), False
