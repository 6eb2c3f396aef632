"""A provider of our own: the Telegraph, a (made-up) service that sends a line of JSON for each word.

The settings name it by its function: `"Provider": "telegraph:make"`. A package would declare the same function
in the entry point group `pytest_llmock.providers`, and the settings would say `"Provider": "telegraph"`.
"""

import json

import httpx2

from pytest_llmock import BackendError, Delta, End, Failure, Usage


def make(entry, settings):
    return Telegraph(entry, timeout_s=entry.timeout_seconds or settings.timeout_seconds)


class Telegraph:
    def __init__(self, entry, *, timeout_s):
        self.name, self.model = entry.name, entry.model_name
        self.base_url = entry.base_url or "http://127.0.0.1:5117/"
        self.client = httpx2.AsyncClient(base_url=self.base_url, timeout=timeout_s)

    async def __call__(self, prompt):
        body = {
            "model": self.model or prompt.model,
            "lines": [f"{message.role}: {message.text}" for message in prompt.messages],
            "limit": prompt.sampling.max_tokens,
        }
        try:
            async with self.client.stream("POST", "wire", json=body) as answer:
                if answer.status_code != 200:
                    raise await self.refusal(answer)
                async for line in answer.aiter_lines():
                    yield delta_of(json.loads(line))
        except httpx2.ConnectError as error:
            raise self.error("connect", "cannot be reached") from error
        except httpx2.TimeoutException as error:
            raise self.error("timeout", "did not answer in time") from error
        except httpx2.HTTPError as error:
            raise self.error("cut", "broke off") from error
        except (ValueError, KeyError) as error:
            raise self.error("protocol", "sent what is no telegram") from error

    async def refusal(self, answer):
        reason = (await answer.aread()).decode("utf-8", "replace")
        wait = answer.headers.get("retry-after")
        return self.error(
            "status",
            f"answered {answer.status_code}: {reason}",
            status=answer.status_code,
            retry_after_s=float(wait) if wait else None,
        )

    def error(self, kind, problem, **more):
        return BackendError(Failure(kind, f"Backend '{self.name}' {problem}.", **more), backend=self.name)

    async def aclose(self):
        await self.client.aclose()


def delta_of(telegram):
    """`{"word": "Hello "}`, and last `{"stop": "stop", "read": 7, "sent": 2}`."""
    if "stop" in telegram:
        return Delta(end=End(telegram["stop"], Usage(telegram["read"], telegram["sent"])))
    return Delta(telegram["word"])
