"""boto3 against the simulated Bedrock, then a connector of that type through the gateway. Exit code 0 when all holds."""

import base64
import json
import os
import sys
import urllib.error
import urllib.request

import boto3
import botocore.config
import botocore.exceptions
import openai
from checks import run

URL = os.environ["MARTLET_URL"]
SIM = os.environ["MARTLET_SIM"]
KEY = os.environ["MARTLET_KEY"]
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
CLAUDE = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
ARN = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.meta.llama3-3-70b-instruct-v1:0"
HELLO = [{"role": "user", "content": [{"text": "Tell me about tides in Brest"}]}]
TOOLS = {
    "tools": [
        {
            "toolSpec": {
                "name": "tide_height",
                "inputSchema": {"json": {"type": "object", "properties": {"harbour": {"type": "string"}}}},
            }
        }
    ]
}
FUNCTION = {"name": "tide_height", "parameters": TOOLS["tools"][0]["toolSpec"]["inputSchema"]["json"]}
PNG = b"\x89PNG\r\n\x1a\n"
PICTURES = (PNG, b"RIFF", b"\xff\xd8\xff")


def aws(service="bedrock-runtime", key="AKIAIOSFODNN7EXAMPLE", secret=SECRET, token=None):
    return boto3.client(
        service,
        endpoint_url=f"{SIM}/bedrock",
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=botocore.config.Config(retries={"max_attempts": 1, "mode": "standard"}, proxies={}),
    )


def refused(code, call):
    try:
        call()
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert error.response["ResponseMetadata"]["RequestId"]
    else:
        raise AssertionError(f"{code} was expected")


def collect(stream):
    text, arguments, stop, usage = "", "", None, None
    for event in stream:
        delta = event.get("contentBlockDelta", {}).get("delta", {})
        text += delta.get("text", "")
        arguments += delta.get("toolUse", {}).get("input", "")
        stop = event.get("messageStop", {}).get("stopReason", stop)
        usage = event.get("metadata", {}).get("usage", usage)
    return text, arguments, stop, usage


def converse():
    for model in (CLAUDE, ARN):
        answer = aws().converse(
            modelId=model,
            messages=HELLO,
            system=[{"text": "Be brief."}],
            inferenceConfig={"maxTokens": 200, "temperature": 0.2},
        )
        assert answer["output"]["message"]["content"][0]["text"]
        assert answer["stopReason"] == "end_turn"
        usage = answer["usage"]
        assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"] > 0


def converse_stream():
    whole = aws().converse(modelId=CLAUDE, messages=HELLO)["output"]["message"]["content"][0]["text"]
    text, _, stop, usage = collect(aws().converse_stream(modelId=CLAUDE, messages=HELLO)["stream"])
    assert text == whole and stop == "end_turn" and usage["outputTokens"] > 0


def tools():
    answer = aws().converse(
        modelId=CLAUDE, messages=HELLO, toolConfig={**TOOLS, "toolChoice": {"tool": {"name": "tide_height"}}}
    )
    use = answer["output"]["message"]["content"][0]["toolUse"]
    assert answer["stopReason"] == "tool_use" and use["input"] == {"harbour": "Brest"}
    _, arguments, stop, _ = collect(
        aws().converse_stream(modelId=CLAUDE, messages=HELLO, toolConfig={**TOOLS, "toolChoice": {"any": {}}})["stream"]
    )
    assert json.loads(arguments) == use["input"] and stop == "tool_use"
    result = {"toolResult": {"toolUseId": use["toolUseId"], "content": [{"text": "4.2 m"}]}}
    messages = HELLO + [answer["output"]["message"], {"role": "user", "content": [result]}]
    told = aws().converse(modelId=CLAUDE, messages=messages, toolConfig=TOOLS)
    assert "4.2 m" in told["output"]["message"]["content"][0]["text"]
    refused("ValidationException", lambda: aws().converse(modelId=CLAUDE, messages=messages))


def vision():
    image = {"image": {"format": "png", "source": {"bytes": PNG}}}
    messages = [{"role": "user", "content": [{"text": "What is this?"}, image]}]
    assert aws().converse(modelId=CLAUDE, messages=messages)["stopReason"] == "end_turn"


def invoke_model():
    body = {"prompt": "a boat", "negative_prompt": "text", "aspect_ratio": "16:9", "output_format": "PNG", "seed": 7}
    answer = aws().invoke_model(
        modelId="stability.stable-image-core-v1:1", body=json.dumps(body), accept="application/json"
    )
    painted = json.loads(answer["body"].read())
    assert base64.b64decode(painted["images"][0]).startswith(PNG)
    assert painted["finish_reasons"] == [None] and painted["seeds"] == [7]
    body = {"taskType": "TEXT_IMAGE", "textToImageParams": {"text": "a boat"}}
    painted = json.loads(aws().invoke_model(modelId="amazon.nova-canvas-v1:0", body=json.dumps(body))["body"].read())
    assert base64.b64decode(painted["images"][0]).startswith(PNG)


def foundation_models():
    listed = aws("bedrock").list_foundation_models(byOutputModality="IMAGE")["modelSummaries"]
    assert listed and all(model["outputModalities"] == ["IMAGE"] for model in listed)


def signatures():
    token = aws(key="ASIAIOSFODNN7EXAMPLE", token="token/with+specials==")
    assert token.converse(modelId=CLAUDE, messages=HELLO)["stopReason"] == "end_turn"
    for code, client in [
        ("InvalidSignatureException", aws(secret="anotherSecret")),
        ("UnrecognizedClientException", aws(key="XKIAIOSFODNN7EXAMPLE")),
        ("ExpiredTokenException", aws(token="expired")),
    ]:
        refused(code, lambda client=client: client.converse(modelId=CLAUDE, messages=HELLO))


def errors():
    for model, code in [
        ("sim-error-403", "AccessDeniedException"),
        ("sim-error-404", "ResourceNotFoundException"),
        ("sim-error-408", "ModelTimeoutException"),
        ("sim-error-429", "ThrottlingException"),
        ("sim-error-500", "InternalServerException"),
        ("sim-error-503", "ServiceUnavailableException"),
        ("sim-quota", "ServiceQuotaExceededException"),
        ("sim-error-400", "ValidationException"),
        ("anthropic.claude-opus-5-5", "ValidationException"),
    ]:
        refused(code, lambda model=model: aws().converse(modelId=model, messages=HELLO))
    try:
        aws().converse(modelId="sim-error-429", messages=HELLO)
    except aws().exceptions.ClientError as error:
        assert type(error).__name__ == "ThrottlingException"


def error_in_the_stream():
    try:
        collect(aws().converse_stream(modelId="sim-200-error", messages=HELLO)["stream"])
    except botocore.exceptions.EventStreamError as error:
        assert error.response["Error"]["Code"] == "modelStreamErrorException", error
    else:
        raise AssertionError("a broken stream passed for a whole one")


# Through the gateway

CONNECTOR = "sdk-bedrock"


def api(path, body=None, method=None):
    request = urllib.request.Request(
        URL + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"authorization": f"Bearer {KEY}", "content-type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read() or b"null")


def gateway():
    return openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY, timeout=30, max_retries=0)


def chat(model=CLAUDE, **more):
    messages = more.pop("messages", [{"role": "user", "content": "Tell me about tides in Brest"}])
    return gateway().chat.completions.create(model=f"{CONNECTOR}/{model}", messages=messages, **more)


def connector():
    made = api(
        "/api/connectors",
        {
            "display_name": CONNECTOR,
            "connector_type": "bedrock",
            "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
            "aws_secret_access_key": SECRET,
            "aws_session_token": "token/" * 200,
            "aws_region": "eu-central-1",
            "aws_model_id": CLAUDE,
        },
    )
    assert SECRET not in json.dumps(made) and "token/" not in json.dumps(made)
    tested = api(f"/api/connectors/{made['id']}/test", {})
    assert tested["success"] and tested["status"] == "ok", tested


def gateway_chat():
    for model in (CLAUDE, ARN, ""):
        answer = chat(model)
        assert answer.choices[0].message.content and answer.choices[0].finish_reason == "stop"
        assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


def gateway_stream():
    chunks = list(chat(stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == chat().choices[0].message.content
    assert chunks[-1].usage.total_tokens > 0


def gateway_tools():
    offered = [{"type": "function", "function": FUNCTION}]
    forced = {"type": "function", "function": {"name": "tide_height"}}
    answer = chat(tools=offered, tool_choice=forced)
    call = answer.choices[0].message.tool_calls[0]
    assert answer.choices[0].finish_reason == "tool_calls"
    assert json.loads(call.function.arguments) == {"harbour": "Brest"}
    pieces = [c.choices[0].delta for c in chat(tools=offered, tool_choice="required", stream=True) if c.choices]
    streamed = "".join(p.tool_calls[0].function.arguments or "" for p in pieces if p.tool_calls)
    assert json.loads(streamed) == {"harbour": "Brest"}
    messages = [
        {"role": "user", "content": "Tell me about tides in Brest"},
        answer.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "4.2 m"},
    ]
    assert "4.2 m" in chat(messages=messages, tools=offered).choices[0].message.content
    assert chat(messages=messages).choices[0].message.content
    assert chat(messages=messages, tools=offered, tool_choice="none").choices[0].finish_reason == "stop"


def gateway_vision():
    url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    content = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]
    assert chat(messages=[{"role": "user", "content": content}]).choices[0].message.content


def gateway_errors():
    for model, kind in [
        ("sim-error-429", openai.RateLimitError),
        ("sim-quota", openai.RateLimitError),
        ("sim-error-404", openai.NotFoundError),
        ("sim-error-500", openai.InternalServerError),
        ("sim-error-400", openai.BadRequestError),
    ]:
        for stream in (False, True):
            try:
                list(chat(model, stream=stream))
            except kind as error:
                assert error.code, error
            else:
                raise AssertionError(f"{model} was served")
    try:
        list(chat("sim-200-error", stream=True))
    except openai.APIError:
        pass
    else:
        raise AssertionError("a broken stream passed for a whole one")
    assert chat("sim-moderated").choices[0].finish_reason == "content_filter"


def gateway_images():
    for model in ("stability.stable-image-core-v1:1", "amazon.nova-canvas-v1:0", ""):
        answer = gateway().images.generate(model=f"{CONNECTOR}/{model}", prompt="a boat", response_format="b64_json")
        assert base64.b64decode(answer.data[0].b64_json).startswith(PICTURES)


def bad_fields():
    good = {
        "display_name": "sdk-bedrock-bad",
        "connector_type": "bedrock",
        "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key": SECRET,
        "aws_region": "us-east-1",
        "aws_model_id": CLAUDE,
    }
    for name, value in [("aws_region", "evil.example/"), ("aws_access_key_id", "short"), ("aws_model_id", "../x")]:
        try:
            api("/api/connectors", {**good, name: value})
        except urllib.error.HTTPError as error:
            assert error.code == 422 and name in error.read().decode()
        else:
            raise AssertionError(f"{name} may be {value}")


def wrong_secret():
    made = api(
        "/api/connectors",
        {
            "display_name": "sdk-bedrock-wrong",
            "connector_type": "bedrock",
            "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
            "aws_secret_access_key": "anotherSecret/0123456789",
            "aws_region": "us-east-1",
            "aws_model_id": CLAUDE,
        },
    )
    tested = api(f"/api/connectors/{made['id']}/test", {})
    assert not tested["success"] and tested["status"] == "auth_invalid", tested


CHECKS = [
    converse, converse_stream, tools, vision, invoke_model, foundation_models, signatures, errors, error_in_the_stream,
    connector, gateway_chat, gateway_stream, gateway_tools, gateway_vision, gateway_errors, gateway_images, bad_fields,
    wrong_secret,
]  # fmt: skip


if __name__ == "__main__":
    sys.exit(run(f"boto3 {boto3.__version__}", CHECKS))
