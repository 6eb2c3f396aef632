"""OpenAI's audio: speech, and what a transcription is in each of its forms.

Spec: https://developers.openai.com/api/reference/resources/audio (read 2026-11-22).
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pytest_llmock.folding import estimate_tokens
from pytest_llmock.llm import JSON, Message, Other, Prompt, Sampling, Text, Usage
from pytest_llmock.wire.http import encode_json
from pytest_llmock.wire.openai_errors import missing, unsupported, wrong_value
from pytest_llmock.wire.openai_fields import Fields, decimal_at, required_text, text_at
from pytest_llmock.wire.openai_media import mp3, pcm, wav
from pytest_llmock.wire.sse import encode

FORMS = ("json", "text", "srt", "verbose_json", "vtt")
_SPEECH: Mapping[str, tuple[str, Callable[[int, float], bytes]]] = {
    "mp3": ("audio/mpeg", mp3),
    "wav": ("audio/wav", wav),
    "pcm": ("audio/pcm", pcm),
}
_OTHER_SPEECH = ("opus", "aac", "flac")
LONGEST_SPEECH_S = 2.0
_WORD_S = 0.4
_SEGMENT_WORDS = 12


@dataclass(frozen=True, slots=True)
class Speech:
    """What a request for speech asks for."""

    text: str
    form: str
    as_events: bool = False

    @property
    def content_type(self) -> str:
        return _SPEECH[self.form][0]

    def sound(self, seed: int) -> bytes:
        """A short file in the form that was asked for."""
        seconds = min(LONGEST_SPEECH_S, max(0.1, len(self.text) / 15))
        return _SPEECH[self.form][1](seed, seconds)

    def events(self, seed: int) -> bytes:
        """The file as events, with what it took."""
        sound = base64.b64encode(self.sound(seed)).decode("ascii")
        inputs, outputs = estimate_tokens(self.text), len(self.text) + 1
        usage = {"input_tokens": inputs, "output_tokens": outputs, "total_tokens": inputs + outputs}
        return _event({"type": "speech.audio.delta", "audio": sound}) + _event(
            {"type": "speech.audio.done", "usage": usage}
        )


def _event(value: object) -> bytes:
    return encode(encode_json(value).decode())


def decode_speech(fields: Fields) -> Speech:
    """A request for speech, read. RequestError names the parameter; it is a 501 for a form we cannot make."""
    form = text_at(fields, "response_format") or "mp3"
    if form in _OTHER_SPEECH:
        raise unsupported("response_format", f"Speech as '{form}' ({', '.join(_SPEECH)} are)")
    if form not in _SPEECH:
        supported = ", ".join((*_SPEECH, *_OTHER_SPEECH))
        raise wrong_value("response_format", f"'{form}'. Supported values are: {supported}.")
    decimal_at(fields, "speed", low=0.25, high=4)
    if fields.get("voice") is None:
        raise missing("voice")
    return Speech(required_text(fields, "input"), form, text_at(fields, "stream_format") == "sse")


def transcription_prompt(fields: Fields, name: str, content: bytes, task: str) -> Prompt:
    """The prompt whose answer is the words of a recording."""
    form = name.rpartition(".")[2].lower() if "." in name else "wav"
    sound = Other(
        "input_audio", {"input_audio": {"data": base64.b64encode(content).decode("ascii"), "format": form}}
    )
    hint = text_at(fields, "prompt")
    before = (Message("system", (Text(hint),)),) if hint else ()
    heat = text_at(fields, "temperature")
    if heat and not heat.replace(".", "", 1).isdecimal():
        raise wrong_value("temperature", f"'{heat}' is no number.")
    return Prompt(
        messages=(*before, Message("user", (Text(f"{task.capitalize()} {name}"), sound))),
        model=text_at(fields, "model"),
        sampling=Sampling(temperature=float(heat) if heat else None),
    )


def transcription_form(fields: Fields) -> str:
    """The form of a transcription. Raises RequestError for one that is not known, 501 for speakers."""
    form = text_at(fields, "response_format") or "json"
    if form == "diarized_json":
        raise unsupported("response_format", "Transcription by speakers ('diarized_json')")
    if form not in FORMS:
        raise wrong_value("response_format", f"'{form}'. Supported values are: {', '.join(FORMS)}.")
    return form


@dataclass(frozen=True, slots=True)
class Transcription:
    """The words of a recording, at a steady pace."""

    text: str
    usage: Usage
    task: str = "transcribe"
    language: str = "english"
    by_word: bool = False

    def body(self, form: str) -> tuple[bytes, str]:
        """The answer in one of `FORMS`, and its content type."""
        if form == "json":
            return encode_json({"text": self.text, "usage": token_usage(self.usage)}), "application/json"
        if form == "verbose_json":
            return encode_json(self._verbose()), "application/json"
        text = f"{self.text}\n" if form == "text" else _SUBTITLES[form](self._segments())
        return text.encode("utf-8", "backslashreplace"), "text/plain; charset=utf-8"

    def _segments(self) -> list[tuple[float, float, str]]:
        words = self.text.split()
        groups = [words[at : at + _SEGMENT_WORDS] for at in range(0, len(words), _SEGMENT_WORDS)]
        starts = [at * _SEGMENT_WORDS * _WORD_S for at in range(len(groups))]
        return [
            (at, at + len(group) * _WORD_S, " ".join(group)) for at, group in zip(starts, groups, strict=True)
        ]

    def _verbose(self) -> dict[str, JSON]:
        words = self.text.split()
        seconds = round(len(words) * _WORD_S, 2)
        told: dict[str, JSON] = {
            "task": self.task,
            "language": self.language,
            "duration": seconds,
            "text": self.text,
            "segments": [_segment(number, *each) for number, each in enumerate(self._segments())],
            "usage": {"type": "duration", "seconds": -(-seconds // 1)},
        }
        if self.by_word:
            told["words"] = [
                {"word": word, "start": round(at * _WORD_S, 2), "end": round((at + 1) * _WORD_S, 2)}
                for at, word in enumerate(words)
            ]
        return told


def _segment(number: int, start: float, end: float, text: str) -> JSON:
    return {
        "id": number,
        "seek": 0,
        "start": round(start, 2),
        "end": round(end, 2),
        "text": f" {text}",
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": -0.1,
        "compression_ratio": 1.0,
        "no_speech_prob": 0.0,
    }


def token_usage(usage: Usage) -> dict[str, JSON]:
    """The `usage` of a transcription."""
    return {
        "type": "tokens",
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
    }


def delta_event(text: str) -> bytes:
    """The event of some more words."""
    return _event({"type": "transcript.text.delta", "delta": text})


def done_event(text: str, usage: Usage) -> bytes:
    """The event that ends a streamed transcription."""
    return _event({"type": "transcript.text.done", "text": text, "usage": token_usage(usage)})


def _srt(segments: Sequence[tuple[float, float, str]]) -> str:
    return "".join(
        f"{number}\n{_time(start, ',')} --> {_time(end, ',')}\n{text}\n\n"
        for number, (start, end, text) in enumerate(segments, 1)
    )


def _vtt(segments: Sequence[tuple[float, float, str]]) -> str:
    return "WEBVTT\n\n" + "".join(
        f"{_time(start, '.')} --> {_time(end, '.')}\n{text}\n\n" for start, end, text in segments
    )


def _time(seconds: float, mark: str) -> str:
    millis = round(seconds * 1000)
    parts = (millis // 3_600_000, millis // 60_000 % 60, millis // 1000 % 60)
    return ":".join(f"{part:02}" for part in parts) + f"{mark}{millis % 1000:03}"


_SUBTITLES: Mapping[str, Callable[[Sequence[tuple[float, float, str]]], str]] = {"srt": _srt, "vtt": _vtt}
