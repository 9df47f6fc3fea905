"""What the scripts for providers of OpenAI's dialect share: a connector made through the gateway's API, and the same
calls through it for each."""

import base64
import json
import os
import urllib.request

import openai

SIM = os.environ["MARTLET_SIM"]
URL = os.environ["MARTLET_URL"]
KEY = os.environ["MARTLET_KEY"]
HELLO = [{"role": "user", "content": "Tell me about the tides in Brest"}]
SCHEMA = {
    "type": "object",
    "properties": {"harbour": {"type": "string"}},
    "required": ["harbour"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "function": {"name": "tide_height", "description": "Now", "parameters": SCHEMA}}
FORCED = {"type": "function", "function": {"name": "tide_height"}}
PICTURES = (b"\x89PNG\r\n\x1a\n", b"RIFF", b"\xff\xd8\xff")


def refused(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was due")


def post(path, body, **more):
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json", **more}
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def own_key(name):
    """A user's key of their own, for how often one may make connectors is limited by user."""
    user = post("/api/admin/users", {"name": name})
    return post(f"/api/admin/users/{user['id']}/keys", {})["key"]


KEY = own_key(f"checks {os.getpid()}")


class Through:
    """The gateway with a connector of one type, spoken to with the OpenAI SDK."""

    def __init__(self, name, kind, model, **fields):
        self.name, self.model = name, model
        self.body = {"display_name": name, "connector_type": kind, **fields}
        self.client = openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY, timeout=30, max_retries=0)

    def chat(self, model=None, **more):
        arguments = {"model": f"{self.name}/{model or self.model}", "messages": HELLO, **more}
        return self.client.chat.completions.create(**arguments)

    def connector(self):
        created = post("/api/connectors", self.body)
        assert post(f"/api/connectors/{created['id']}/test", {})["success"]

    def blocking(self):
        answer = self.chat()
        assert answer.choices[0].message.content and answer.choices[0].finish_reason == "stop"
        assert answer.usage.total_tokens > 0

    def stream(self):
        chunks = list(self.chat(stream=True, stream_options={"include_usage": True}))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text == self.chat().choices[0].message.content
        assert [chunk.usage for chunk in chunks if chunk.usage][-1].total_tokens > 0

    def tools(self):
        answer = self.chat(tools=[TOOL]).choices[0]
        call = answer.message.tool_calls[0]
        assert answer.finish_reason == "tool_calls" and json.loads(call.function.arguments)["harbour"]
        turns = HELLO + [answer.message, {"role": "tool", "tool_call_id": call.id, "content": "4.2 m"}]
        assert "4.2 m" in self.chat(tools=[TOOL], messages=turns).choices[0].message.content
        chunks = list(self.chat(tools=[TOOL], stream=True))
        deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
        parts = [call.function.arguments for delta in deltas for call in delta.tool_calls or []]
        assert json.loads("".join(parts))["harbour"]

    def forced_tool(self):
        answer = self.chat(tools=[TOOL], tool_choice=FORCED, messages=[{"role": "user", "content": "Nothing"}])
        assert answer.choices[0].message.tool_calls[0].function.name == "tide_height"

    def errors(self):
        assert refused(openai.RateLimitError, lambda: self.chat("sim-error-429")).code == "rate_limited"
        assert refused(openai.RateLimitError, lambda: self.chat("sim-quota")).code == "quota_exceeded"
        assert refused(openai.InternalServerError, lambda: self.chat("sim-error-500")).code == "provider_unavailable"
        assert refused(openai.BadRequestError, lambda: self.chat("sim-moderated")).code == "provider_rejected"
        assert refused(openai.NotFoundError, lambda: self.chat("sim-error-404")).code
        refused(openai.InternalServerError, lambda: self.chat("sim-200-error"))
        refused(openai.APIError, lambda: list(self.chat("sim-200-error", stream=True)))
        refused(openai.APIError, lambda: list(self.chat("sim-cut", stream=True)))

    def picture(self, model):
        answer = self.client.images.generate(
            model=f"{self.name}/{model}", prompt="a boat", n=1, size="1024x1024", response_format="b64_json"
        )
        assert base64.b64decode(answer.data[0].b64_json).startswith(PICTURES)

    def checks(self):
        return [self.connector, self.blocking, self.stream, self.tools, self.forced_tool, self.errors]


def run(title, checks):
    """Runs all and tells each; the exit code."""
    failed = 0
    for check in checks:
        name = check.__name__.replace("_", " ")
        if getattr(check, "__self__", None) is not None:
            name = f"through the gateway: {name}"
        try:
            check()
            print(f"ok    {title}: {name}")
        except Exception as error:  # each check is reported, whatever it raises
            failed += 1
            print(f"FAIL  {title}: {name}: {type(error).__name__}: {error}")
    return 1 if failed else 0
