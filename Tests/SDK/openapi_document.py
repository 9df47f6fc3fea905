"""`/openapi.json` of a running cluster, told by MARTLET_URL and MARTLET_KEY: it is valid OpenAPI 3.1, and real answers are
what it says, member by member. Exit code 0 when all holds."""

import copy
import json
import os
import sys
import time
import urllib.error
import urllib.request

from checks import URL, run
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

ADMIN = os.environ["MARTLET_KEY"]
CHAT = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": "Tell me about the tides in Brest"}]}
# Members of shapes that providers and SDKs made are theirs to add.
THEIRS = {
    "ChatMessage", "ChatCompletion", "ChatChunk", "ChatUsage", "Message", "Embeddings", "OpenAIError", "AnthropicError",
}


def call(method, path, body=None, key=ADMIN):
    """Status, content type and the answer: JSON where it is, else text."""
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, headers, method=method)
    try:
        answer = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        text, kind = answer.read().decode(), (answer.headers["content-type"] or "").split(";")[0]
        return answer.status, kind, json.loads(text) if kind == "application/json" else text


DOCUMENT = call("GET", "/openapi.json", key=None)[2]


def closed(schema):
    """Martlet's own shapes, with no other members than they name: what an answer has more is not in the document."""
    if isinstance(schema, dict):
        if "properties" in schema and "additionalProperties" not in schema:
            schema["additionalProperties"] = False
        for value in schema.values():
            closed(value)
    elif isinstance(schema, list):
        for value in schema:
            closed(value)


STRICT = copy.deepcopy(DOCUMENT["components"])
for name, schema in STRICT["schemas"].items():
    if name not in THEIRS:
        closed(schema)


def expect(method, path, *arguments, at=None, **more):
    """Calls, and holds the answer to what the document says of that path (`at`: its template)."""
    status, kind, answer = call(method, path, *arguments, **more)
    operation = DOCUMENT["paths"][at or path.split("?")[0]][method.lower()]
    assert str(status) in operation["responses"], f"{method} {path} answered {status}: {answer}"
    response = operation["responses"][str(status)]
    if "$ref" in response:
        response = STRICT["responses"][response["$ref"].split("/")[-1]]
    content = response.get("content", {})
    if not content:
        assert answer == "", (method, path, answer)
        return answer
    assert kind in content, f"{method} {path} answered {kind}"
    schema = content[kind]["schema"] | {"components": STRICT}
    problems = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(answer)]
    assert not problems, f"{method} {path}: {problems[:3]}"
    return answer


def events(text):
    for block in text.split("\n\n"):
        data = "".join(line[5:] for line in block.split("\n") if line.startswith("data:")).strip()
        if data and data != "[DONE]":
            yield json.loads(data)


def validated(schema, value):
    Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": STRICT}).validate(value)


def it_is_valid_openapi():
    problems = [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()]
    assert not problems, problems[:3]
    assert len(DOCUMENT["paths"]) > 30


def a_member_more_is_noticed():
    try:
        validated("ChainHead", {"events": 1, "head": "", "more": 1})
    except Exception:
        return
    raise AssertionError("the checks below can't fail")


def inference():
    expect("POST", "/v1/chat/completions", CHAT)
    chunks = list(events(call("POST", "/v1/chat/completions", CHAT | {"stream": True})[2]))
    assert len(chunks) > 3
    for chunk in chunks:
        validated("ChatChunk", chunk)
    expect("POST", "/v1/messages", CHAT | {"max_tokens": 50})
    expect("POST", "/v1/embeddings", {"model": "text-embedding-3-small", "input": "tides"})
    models = expect("GET", "/v1/models")["data"]
    expect("GET", f"/v1/models/{models[0]['id']}", at="/v1/models/{model}")
    picture = {"model": "gpt-image-1", "prompt": "a boat", "size": "64x64"}
    expect("POST", "/v1/images/generations", picture)
    turn = CHAT | {"action": "reply_text"}
    assert [frame for frame in events(call("POST", "/api/turns", turn)[2])][-1]["turn_id"]
    expect("POST", "/api/turns", {"action": "none"})


def errors():
    expect("POST", "/v1/chat/completions", {})
    expect("POST", "/v1/chat/completions", CHAT, key="sk-mt-wrong")
    expect("POST", "/v1/chat/completions", CHAT | {"model": "sim-error-429"})
    expect("POST", "/v1/messages", {"model": 1})
    expect("POST", "/v1/messages", CHAT, key=None)
    expect("GET", "/api/connectors/none", at="/api/connectors/{id}")
    expect("GET", "/api/admin/audit?wrong=1")
    expect("POST", "/api/images/jobs", {"images": []})


def images():
    job = expect("POST", "/api/images/jobs", {"images": [{"prompt": "a gull", "title": "Gull"}, {"prompt": "sim-moderated"}]})
    one, path = f"/api/images/jobs/{job['job_id']}", "/api/images/jobs/{id}"
    told = list(events(call("GET", f"{one}/events")[2]))
    assert len(told) >= 5
    for event in told:
        validated("JobEvent", event)
    done = expect("GET", one, at=path)
    made = [image for image in done["images"] if image["status"] == "generated"]
    expect("GET", f"/api/images/{made[0]['id']}", at="/api/images/{id}")
    expect("GET", "/api/images/jobs?limit=1")
    expect("DELETE", one, at=path)


def image_settings():
    settings, template = "/api/images/settings", "/api/images/templates/document"
    expect("GET", settings)
    expect("PUT", settings, {"image_type": "cartoon", "sizes": {"featured": "512x512"}, "mobile_enabled": False})
    expect("GET", f"{settings}?scope=user")
    expect("PUT", settings, {"colour": "red"})
    expect("PUT", template, {"text": "{post_title}: {image_prompt}"}, at="/api/images/templates/{name}")
    expect("PUT", template, {"text": "{title}"}, at="/api/images/templates/{name}")
    expect("GET", template, at="/api/images/templates/{name}")
    expect("GET", "/api/images/templates/default", at="/api/images/templates/{name}")
    expect("GET", "/api/images/templates")
    wanted = [{"prompt": "a gull", "title": "Gull"}, {"prompt": "a tern", "kind": "mobile"}]
    job = expect("POST", "/api/images/jobs", {"images": wanted, "template": "document"})
    assert [warning["code"] for warning in job["warnings"]] == ["kind_disabled"]
    told = list(events(call("GET", f"/api/progress/stream?job_id={job['job_id']}")[2]))
    assert len(told) >= 10
    for event in told:
        validated("JobEvent", event)
    expect("DELETE", template, at="/api/images/templates/{name}")
    expect("PUT", settings, {})


def connectors():
    new = {"display_name": "document", "connector_type": "openai_apikey", "api_key": "sk-document-0123456789"}
    one = f"/api/connectors/{expect('POST', '/api/connectors', new)['id']}"
    expect("GET", "/api/connectors")
    expect("GET", one, at="/api/connectors/{id}")
    expect("POST", f"{one}/test", at="/api/connectors/{id}/test")
    expect("GET", f"{one}/models", at="/api/connectors/{id}/models")
    expect("PATCH", one, {"model_hint": "gpt-5"}, at="/api/connectors/{id}")
    expect("PUT", f"{one}/credentials", {"api_key": "sk-document-9876543210"}, at="/api/connectors/{id}/credentials")
    expect("POST", f"{one}/default", at="/api/connectors/{id}/default")
    expect("DELETE", f"{one}/default", at="/api/connectors/{id}/default")
    expect("GET", "/api/admin/connectors?limit=2")
    admin = "/api/admin" + one.removeprefix("/api")
    expect("PATCH", f"{admin}/cap", {"monthly_token_cap": 1000}, at="/api/admin/connectors/{id}/cap")
    expect("POST", f"{admin}/revoke", at="/api/admin/connectors/{id}/revoke")
    expect("DELETE", one, at="/api/connectors/{id}")


def routing():
    connector = expect("GET", "/api/connectors")["items"][0]["id"]
    expect("POST", "/api/feature-preferences", {"feature": "document", "connector_id": connector})
    expect("GET", "/api/feature-preferences")
    expect("DELETE", "/api/feature-preferences/document", at="/api/feature-preferences/{feature}")
    expect("GET", "/api/policy")
    days = expect("GET", "/api/admin/policy")["llm_call_log_retention_days"]
    expect("PATCH", "/api/admin/policy", {"llm_call_log_retention_days": days})


def users():
    user = expect("POST", "/api/admin/users", {"name": f"document {os.getpid()}"})
    one = f"/api/admin/users/{user['id']}"
    key = expect("POST", f"{one}/keys", {"name": "laptop"}, at="/api/admin/users/{id}/keys")
    expect("GET", "/api/admin/users", key=key["key"])
    expect("GET", "/api/admin/users")
    expect("GET", f"{one}/keys", at="/api/admin/users/{id}/keys")
    expect("DELETE", f"{one}/keys/{key['id']}", at="/api/admin/users/{id}/keys/{key}")
    expect("DELETE", one, at="/api/admin/users/{id}")


def records():
    # Nothing tells when the calls made above reach the log; an answer takes its time, so asking needs no pause.
    deadline = time.monotonic() + 15
    while not all(call("GET", path)[2]["items"] for path in ["/api/admin/calls", "/api/usage"]):
        assert time.monotonic() < deadline, "no call reached the log"
    for path in ["/api/admin/audit", "/api/admin/calls", "/api/admin/usage", "/api/usage", "/api/admin/audit/conflict"]:
        expect("GET", path)
    assert expect("GET", "/api/admin/audit?limit=2&event_type=user.created")["items"]
    for path in ["audit.csv", "audit.jsonl", "calls.csv", "calls.jsonl"]:
        status, kind, _ = call("GET", f"/api/admin/{path}?limit=3")
        assert status == 200 and kind in DOCUMENT["paths"][f"/api/admin/{path}"]["get"]["responses"]["200"]["content"]


def cluster():
    for path in ["/health", "/health/readiness", "/openapi.json"]:
        expect("GET", path, key=None)
    expect("GET", "/api/admin/status")


CHECKS = [
    it_is_valid_openapi, a_member_more_is_noticed, inference, errors, images, image_settings, connectors, routing, users,
    records, cluster,
]
sys.exit(run("openapi", CHECKS))
