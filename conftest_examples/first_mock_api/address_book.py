"""The code under test: it knows the service's paths, and takes any httpx client."""

import httpx


class AddressBook:
    def __init__(self, http: httpx.Client, shape: object) -> None:
        self._http, self._shape = http, shape

    def contacts(self, count: int) -> list[dict[str, object]]:
        answer = self._http.post("/contacts/search", json={"count": count, "shape": self._shape})
        return sorted(answer.raise_for_status().json()["contacts"], key=lambda contact: contact["lastName"])

    def add(self, **fields: str) -> dict[str, object]:
        answer = self._http.post("/contacts", json={**fields, "shape": self._shape})
        return answer.raise_for_status().json()
