"""Journey logs for tests, and an analyst who uploads them."""

from __future__ import annotations

import json
from typing import Any

from web_client import Answer, client_as

from clickstream.store.users import Role
from clickstream.web.app import App
from clickstream.web.deps import Deps

SECONDS = 120


def session(number: int, *names: str, **more: Any) -> dict[str, Any]:
    """Of user u<number>, an event a second."""
    steps = [
        {"activity_id": f"a{n}", "activity_type": name, "timestamp": f"2026-01-{1 + number:02}T10:00:{n:02}Z", "details": {}}
        for n, name in enumerate(names)
    ]
    return {"session_id": f"s{number}", "user_id": f"u{number}", "activities": steps, **more}


LOG = [session(1, "product_view", "add_to_cart", "purchase"), session(2, "product_view"), session(3, "search")]


class Uploader:
    def __init__(self, deps: Deps, role: Role = "analyst") -> None:
        self.deps, self.client = deps, client_as(App(deps), deps, role)

    def send(self, content: Any, query: str = "") -> Answer:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.client.post(f"/api/datasets?name=log.json{query}", body)

    def ended(self, answer: Answer) -> dict[str, Any]:
        """The job that was begun, once it has ended."""
        assert answer.status == 202, answer.body
        job_id = answer.json["job_id"]
        assert self.deps.jobs.wait(job_id, SECONDS)
        job: dict[str, Any] = self.client.get(f"/api/jobs/{job_id}").json
        return job

    def upload(self, content: Any, query: str = "") -> dict[str, Any]:
        """The dataset once its job has ended."""
        answer = self.send(content, query)
        self.ended(answer)
        return self.dataset(answer.json["dataset_id"])

    def dataset(self, dataset_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/api/datasets/{dataset_id}").json
        return found

    def delete(self, dataset_id: str) -> Answer:
        return self.client.send("DELETE", f"/api/datasets/{dataset_id}")

    def overview(self, dataset_id: str) -> Any:
        return self.client.get(f"/api/metrics/overview?dataset={dataset_id}").json["result"]

    def refusal(self, dataset_id: str) -> tuple[int, str]:
        """How its numbers are refused."""
        answer = self.client.get(f"/api/metrics/overview?dataset={dataset_id}")
        return answer.status, answer.json["code"]
