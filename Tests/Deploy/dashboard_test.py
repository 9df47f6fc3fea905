import json
import re
import unittest

import project

FOLDER = "deploy/dashboards"
DASHBOARD = json.loads(project.text(f"{FOLDER}/martlet.json"))
RULES = [rule for group in project.documents(f"{FOLDER}/alerts.yaml")[0]["groups"] for rule in group["rules"]]
PANELS = DASHBOARD["panels"]
GRAPHS = [panel for panel in PANELS if panel["type"] != "row"]
ROWS = ["Traffic", "Providers", "Image jobs", "Services", "Audit & outbox", "Health", "Bus & tap"]
# Labels that Prometheus puts on every series.
TARGET = {"job", "instance"}
# Words of PromQL that stand where a metric could; functions are known by their parenthesis.
WORDS = {"by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless", "bool", "offset"}
UNITS = {"reqps", "s", "short", "percentunit", "currencyUSD", "bytes"}


def metrics():
    """Name, type and labels of every metric, from the table that a Swift test holds to the code."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| .*? \| (.*?) \| .* \|$", project.text(f"{FOLDER}/METRICS.md"), re.M)
    return {name: (form, set(re.findall(r"`(\w+)`", labels))) for name, form, labels in rows}


METRICS = metrics()


def series(name):
    """The metric that a series' name belongs to, with its type and labels."""
    for base, more in ((name, set()), (name.removesuffix("_bucket"), {"le"}), (name.removesuffix("_sum"), set()),
                       (name.removesuffix("_count"), set())):
        if base in METRICS:
            form, labels = METRICS[base]
            if base == name and form == "histogram":
                return None
            if base != name and form != "histogram":
                return None
            return base, form, labels | more | TARGET
    return None


class Expression:
    """The metrics and labels that a PromQL expression names; enough of its grammar for what stands here."""

    def __init__(self, text):
        self.text = text
        self.groupings = [set(re.findall(r"\w+", inside)) for inside in
                          re.findall(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)", text)]
        bare = re.sub(r"\b(?:by|on|without|ignoring)\s*\([^)]*\)", " ", text)
        self.selectors = []
        # Without durations, and without what stands in strings.
        bare = re.sub(r"\[[^\]]*\]", " ", re.sub(r'"[^"]*"', '""', bare))
        for name, matchers in re.findall(r"\b([a-zA-Z_][\w:]*)\b(?!\s*\()\s*(\{[^}]*\})?", re.sub(r"\d+e\d+", "0", bare)):
            if name not in WORDS:
                self.selectors.append((name, set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))))


class TableTest(unittest.TestCase):
    def test_the_table_is_read(self):
        self.assertGreater(len(METRICS), 50)
        self.assertEqual(METRICS["martlet_tokens_total"], ("counter", {"type", "model", "direction"}))

    def test_the_reader_of_promql_finds_what_is_wrong(self):
        good = Expression('sum by (le, type) (rate(martlet_call_seconds_bucket{purpose!~"a|b"}[5m])) / 2')
        self.assertEqual(good.selectors, [("martlet_call_seconds_bucket", {"purpose"})])
        self.assertEqual(good.groupings, [{"le", "type"}])
        for wrong in ("martlet_nothing", "martlet_call_seconds", "martlet_calls_total_bucket"):
            self.assertIsNone(series(wrong))


def hold(test, expression, where):
    found = Expression(expression)
    test.assertTrue(found.selectors, where)
    known = set()
    for name, labels in found.selectors:
        if name == "up":
            known |= TARGET
            continue
        test.assertIsNotNone(series(name), f"{where}: {name} is in no table, or is another type")
        base, form, all_labels = series(name)
        test.assertLessEqual(labels, all_labels, f"{where}: {name} has no such label")
        known |= all_labels
        rated = re.search(rf"(?:rate|increase)\({name}\b", expression)
        test.assertEqual(bool(rated), form == "histogram" or form == "counter" and "verdict" not in expression,
                         f"{where}: counters are rated, gauges are not: {name}")
    for grouping in found.groupings:
        test.assertLessEqual(grouping, known, where)
    return found, known


class DashboardTest(unittest.TestCase):
    def test_it_is_of_the_present_schema_and_asks_for_its_data_source(self):
        self.assertGreaterEqual(DASHBOARD["schemaVersion"], 39)
        (variable,) = DASHBOARD["templating"]["list"]
        self.assertEqual((variable["name"], variable["type"], variable["query"]), ("datasource", "datasource", "prometheus"))
        for panel in GRAPHS:
            for asker in [panel, *panel["targets"]]:
                self.assertEqual(asker["datasource"], {"type": "prometheus", "uid": "${datasource}"}, panel["title"])

    def test_its_rows_are_these(self):
        self.assertEqual([panel["title"] for panel in PANELS if panel["type"] == "row"], ROWS)

    def test_every_panel_says_what_it_shows(self):
        for panel in GRAPHS:
            title = panel["title"]
            self.assertTrue(title and panel["description"].endswith("."), title)
            self.assertIn(panel["fieldConfig"]["defaults"]["unit"], UNITS, title)
            self.assertTrue(panel["targets"], title)
            for target in panel["targets"]:
                self.assertTrue(target["legendFormat"], title)
        self.assertEqual(len({panel["title"] for panel in GRAPHS}), len(GRAPHS))

    def test_ids_are_unique_and_nothing_overlaps(self):
        self.assertEqual(len({panel["id"] for panel in PANELS}), len(PANELS))
        taken = {}
        for panel in PANELS:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            for x in range(place["x"], place["x"] + place["w"]):
                for y in range(place["y"], place["y"] + place["h"]):
                    self.assertIsNone(taken.get((x, y)), f"{panel['title']} lies on {taken.get((x, y))}")
                    taken[x, y] = panel["title"]

    def test_every_expression_names_metrics_and_labels_that_exist(self):
        shown = set()
        for panel in GRAPHS:
            for target in panel["targets"]:
                found, known = hold(self, target["expr"], panel["title"])
                shown |= {series(name)[0] for name, _ in found.selectors}
                kept = set.union(*found.groupings) if found.groupings else known
                legend = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
                self.assertLessEqual(legend, kept, f"{panel['title']}: the legend names a label that the sum has dropped")
        self.assertGreater(len(shown), len(METRICS) * 2 / 3)


class AlertTest(unittest.TestCase):
    def test_every_rule_names_metrics_and_labels_that_exist(self):
        for rule in RULES:
            hold(self, rule["expr"], rule["alert"])
            self.assertIn(rule["labels"]["severity"], ("warning", "critical"))
            self.assertTrue(rule["annotations"]["summary"] and rule["annotations"]["description"])
        self.assertEqual(len({rule["alert"] for rule in RULES}), len(RULES))

    def test_annotations_name_labels_that_the_alert_has(self):
        for rule in RULES:
            found, known = hold(self, rule["expr"], rule["alert"])
            outer = re.match(r"\s*sum by \(([^)]*)\)", rule["expr"])
            kept = set(re.findall(r"\w+", outer[1])) if outer else known
            used = set(re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"])))
            self.assertLessEqual(used, kept, rule["alert"])

    def test_every_rule_is_seen_to_fire(self):
        tests = project.documents(f"{FOLDER}/alerts_test.yaml")[0]["tests"]
        fired = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case["exp_alerts"]}
        self.assertEqual(fired, {rule["alert"] for rule in RULES})
