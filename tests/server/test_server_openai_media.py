"""Images and audio over HTTP, with the real SDK."""

import base64
import io
import struct
import wave
import zlib

import httpx
import openai
import pytest

from pytest_llmock.llm import Delta


@pytest.fixture
def client(llm_backend):
    """The SDK as an application builds it."""
    with openai.OpenAI(max_retries=0) as client:
        yield client


def size_of(picture):
    """Width and height of a PNG whose parts are all sound."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    at, kinds = 8, []
    while at < len(picture):
        (length,) = struct.unpack_from(">I", picture, at)
        kind, data = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", picture, at + 8 + length)[0] == zlib.crc32(kind + data)
        kinds.append(kind)
        at += 12 + length
    assert kinds == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    return struct.unpack_from(">II", picture, 16)


def test_an_image_is_a_picture_of_the_size_asked_for(client):
    """The same for the same words, and another for each of several."""
    one = client.images.generate(model="gpt-image-1", prompt="a cat", size="256x512", n=2)
    same = client.images.generate(model="gpt-image-1", prompt="a cat", size="256x512")

    pictures = [base64.b64decode(image.b64_json) for image in one.data]
    assert size_of(pictures[0]) == (256, 512)
    assert pictures[0] != pictures[1]
    assert base64.b64decode(same.data[0].b64_json) == pictures[0]
    assert one.usage.total_tokens > 0


def test_an_image_by_address_can_be_fetched(client):
    """The address is one of the test's."""
    answer = client.images.generate(model="dall-e-3", prompt="a cat")

    fetched = httpx.get(answer.data[0].url)

    assert size_of(fetched.content) == (1024, 1024)
    assert fetched.headers["content-type"] == "image/png"
    assert httpx.get(answer.data[0].url.replace("img-", "img-x")).status_code == 404


def test_an_answer_says_only_what_the_sdk_knows(llm_backend):
    """The qualities of older models are taken, and not told."""
    with openai.OpenAI(_strict_response_validation=True) as client:
        old = client.images.generate(model="dall-e-3", prompt="a cat", quality="hd", style="vivid")
        new = client.images.generate(model="gpt-image-1", prompt="a cat", background="transparent")

    assert (old.quality, new.quality, new.background) == (None, "high", "transparent")


def test_images_are_edited_and_varied(client, llm_backend):
    """From a picture that is uploaded."""
    picture = ("cat.png", b"anything")

    edited = client.images.edit(model="gpt-image-1", image=picture, prompt="a hat", n=1)
    edited_list = client.images.edit(model="gpt-image-1", image=[picture], prompt="a hat")
    varied = httpx.post(
        f"{llm_backend.base_url}/images/variations", files={"image": picture}, data={"n": "2"}
    )

    assert edited.data[0].b64_json == edited_list.data[0].b64_json
    assert [size_of(base64.b64decode(image["b64_json"])) for image in varied.json()["data"]] == [
        (1024, 1024)
    ] * 2


@pytest.mark.parametrize(
    ("path", "fields", "status", "param"),
    [
        pytest.param("images/generations", {}, 400, "prompt", id="no prompt"),
        pytest.param("images/generations", {"prompt": "x", "quality": "x"}, 400, "quality", id="quality"),
        pytest.param("images/generations", {"prompt": "x", "background": "x"}, 400, "background", id="back"),
        pytest.param("images/generations", {"prompt": "x", "size": "big"}, 400, "size", id="size"),
        pytest.param("images/generations", {"prompt": "x", "size": "9999x1"}, 400, "size", id="too large"),
        pytest.param("images/generations", {"prompt": "x", "n": 11}, 400, "n", id="too many"),
        pytest.param("images/generations", {"prompt": "x", "stream": True}, 501, "stream", id="streamed"),
        pytest.param(
            "images/generations", {"prompt": "x", "output_format": "webp"}, 501, "output_format", id="webp"
        ),
        pytest.param(
            "images/generations", {"prompt": "x", "response_format": "x"}, 400, "response_format", id="form"
        ),
        pytest.param("audio/speech", {"input": "x"}, 400, "voice", id="no voice"),
        pytest.param("audio/speech", {"voice": "x"}, 400, "input", id="no input"),
        pytest.param("audio/speech", {"input": "x", "voice": "x", "speed": 9}, 400, "speed", id="speed"),
        pytest.param(
            "audio/speech",
            {"input": "x", "voice": "x", "response_format": "opus"},
            501,
            "response_format",
            id="opus",
        ),
        pytest.param(
            "audio/speech",
            {"input": "x", "voice": "x", "response_format": "ogg"},
            400,
            "response_format",
            id="ogg",
        ),
    ],
)
def test_what_cannot_be_made_is_refused(llm_backend, path, fields, status, param):
    """In OpenAI's form."""
    answer = httpx.post(f"{llm_backend.base_url}/{path}", json=fields)

    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


@pytest.mark.parametrize(
    ("path", "fields", "status", "param"),
    [
        ("images/variations", {"n": "x"}, 400, "n"),
        ("images/variations", {"stream": "true"}, 501, "stream"),
        ("audio/transcriptions", {"response_format": "x"}, 400, "response_format"),
        ("audio/transcriptions", {"response_format": "diarized_json"}, 501, "response_format"),
        ("audio/transcriptions", {"temperature": "x"}, 400, "temperature"),
    ],
)
def test_what_cannot_be_made_of_a_form_is_refused(llm_backend, path, fields, status, param):
    """There every value is a text."""
    files = {"image": b"x", "file": b"x"}

    answer = httpx.post(f"{llm_backend.base_url}/{path}", data=fields, files=files)

    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


def test_speech_is_a_sound(client):
    """Each form is what its players take; the same for the same words."""
    said = {
        form: client.audio.speech.create(
            model="tts-1", voice="alloy", input="Hello there", response_format=form
        )
        for form in ("wav", "pcm", "mp3")
    }

    sounds = {form: answer.read() for form, answer in said.items()}
    with wave.open(io.BytesIO(sounds["wav"])) as read:
        assert (read.getframerate(), read.getnchannels()) == (24_000, 1)
        assert read.readframes(read.getnframes()) == sounds["pcm"]
    assert sounds["mp3"].startswith(b"\xff\xfb")
    assert said["mp3"].response.headers["content-type"] == "audio/mpeg"


def test_speech_comes_as_events(llm_backend):
    """The sound in base64, then what it took."""
    body = {"model": "m", "voice": "alloy", "input": "Hi", "stream_format": "sse", "response_format": "pcm"}

    answer = httpx.post(f"{llm_backend.base_url}/audio/speech", json=body)

    assert answer.headers["content-type"] == "text/event-stream"
    assert "speech.audio.delta" in answer.text
    assert "speech.audio.done" in answer.text


@pytest.fixture
def listener(llmock, client):
    """A client of a backend that hears the same in every recording."""
    llmock.backends.add("ear", lambda prompt: "one two three " * 5)
    return client.audio


def heard(listener, **fields):
    return listener.transcriptions.create(file=("talk.mp3", b"sound"), model="ear", **fields)


def test_a_transcription_is_what_the_backend_answers(listener, llmock):
    """The recording is a part of its prompt."""
    answer = heard(listener, prompt="Names: Ada", temperature=0.5)

    prompt = llmock.calls[-1].prompt
    assert answer.text.startswith("one two three")
    assert answer.usage.total_tokens > 0
    assert prompt.messages[0].text == "Names: Ada"
    assert prompt.messages[1].parts[1].data["input_audio"]["format"] == "mp3"
    assert prompt.sampling.temperature == 0.5


def test_a_transcription_has_many_forms(listener):
    """Text, subtitles, and all that is known."""
    text, srt, vtt = (heard(listener, response_format=form) for form in ("text", "srt", "vtt"))
    verbose = heard(listener, response_format="verbose_json", timestamp_granularities=["word"], language="en")
    plain = heard(listener, response_format="verbose_json")

    assert text.startswith("one two three")
    assert srt.startswith("1\n00:00:00,000 --> 00:00:04,800\none two three")
    assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> ")
    assert [segment.end for segment in verbose.segments] == [4.8, 6.0]
    assert (len(verbose.words), verbose.language, verbose.duration) == (15, "en", 6.0)
    assert (plain.words, plain.language) == (None, "english")


def test_a_transcription_is_streamed(client):
    """Its words, then all of it."""
    file = ("talk.wav", b"sound")

    events = list(client.audio.transcriptions.create(file=file, model="m", stream=True))

    assert "".join(event.delta for event in events[:-1]) == events[-1].text
    assert events[-1].usage.total_tokens > 0


def test_a_streamed_transcription_that_is_cut_is_an_error(client, llmock):
    """The SDK raises."""

    async def cut(prompt):
        yield Delta("Half")

    llmock.backends.add("cut", cut)

    stream = client.audio.transcriptions.create(file=("a", b"x"), model="cut", stream=True)

    with pytest.raises(openai.APIError, match="cut off"):
        list(stream)


def test_a_recording_is_translated(llm_backend, llmock):
    """By the backend too."""
    files = {"file": ("talk.mp3", b"sound")}

    answer = httpx.post(f"{llm_backend.base_url}/audio/translations", files=files)

    assert answer.json()["text"]
    assert llmock.calls[-1].prompt.messages[-1].text == "Translate talk.mp3"
