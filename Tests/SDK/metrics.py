"""Prometheus' own client reads `/metrics` of a running cluster, told by MARTLET_URL and MARTLET_KEY: the format holds,
and what stands there is the table of deploy/dashboards/METRICS.md. Exit code 0 when all holds."""

import pathlib
import re
import sys
import urllib.request

from checks import KEY, URL, post, run
from prometheus_client.parser import text_string_to_metric_families

TABLE = pathlib.Path(__file__).resolve().parents[2] / "deploy/dashboards/METRICS.md"
HELLO = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": "canary-of-the-metrics"}]}


def families():
    with urllib.request.urlopen(f"{URL}/metrics", timeout=30) as answer:
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        text = answer.read().decode()
    assert "canary" not in text and KEY not in text
    return {family.name: family for family in text_string_to_metric_families(text)}


def everything_is_in_the_table():
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| .*? \| (.*?) \| (.*) \|$", TABLE.read_text(), re.M)
    table = {name: (form, set(re.findall(r"`(\w+)`", labels)), meaning) for name, form, labels, meaning in rows}
    found = families()
    assert len(found) > 30, sorted(found)
    for family in found.values():
        name = family.name + "_total" if family.type == "counter" else family.name
        form, labels, meaning = table[name]
        assert (family.type, family.documentation) == (form, meaning), name
        for sample in family.samples:
            more = {"le"} if sample.name.endswith("_bucket") else set()
            assert set(sample.labels) == labels | more, sample


def a_call_is_counted():
    labels = {"purpose": "chat", "type": "openai_apikey", "outcome": "ok"}

    def count():
        samples = families()["martlet_calls"].samples if "martlet_calls" in families() else []
        return sum(sample.value for sample in samples if sample.labels == labels)

    before = count()
    post("/v1/chat/completions", HELLO)
    assert count() >= before + 1


def every_service_is_there():
    up = {sample.labels["service"] for sample in families()["martlet_service_up"].samples}
    assert up >= {"gateway", "image-worker", "health-monitor"}, up


sys.exit(run("metrics", [a_call_is_counted, every_service_is_there, everything_is_in_the_table]))
