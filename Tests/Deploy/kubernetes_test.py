import os
import re
import subprocess
import tempfile
import unittest

import project
import yaml

FOLDER = "deploy/kubernetes"
KUSTOMIZATION = project.documents(f"{FOLDER}/kustomization.yaml")[0]
RESOURCES = [document for name in KUSTOMIZATION["resources"] for document in project.documents(f"{FOLDER}/{name}")]
WORKLOADS = {d["metadata"]["name"]: d for d in RESOURCES if d["kind"] in ("Deployment", "StatefulSet")}
BUS = project.environment(f"{FOLDER}/bus.env")


def all_of(kind):
    return {document["metadata"]["name"]: document for document in RESOURCES if document["kind"] == kind}


def pod(workload):
    return workload["spec"]["template"]["spec"]


def container(workload):
    (one,) = pod(workload)["containers"]
    return one


def labels(workload):
    return workload["spec"]["template"]["metadata"]["labels"]


def chosen(selector):
    """The workloads whose pods a selector means."""
    return [name for name, workload in WORKLOADS.items() if selector.items() <= labels(workload).items()]


def numbers(workload):
    return {port["name"]: port["containerPort"] for port in container(workload).get("ports", [])}


def name_of(selector):
    return selector["podSelector"]["matchLabels"]["app.kubernetes.io/name"]


def role(name):
    return {"tap-hub": "tap"}.get(name, name)


def secrets():
    """What deploy/kubernetes/secrets makes, by the Secret's name."""
    with tempfile.TemporaryDirectory() as folder:
        text = subprocess.check_output([str(project.ROOT / FOLDER / "secrets"), f"{folder}/keys"], env=os.environ)
    return {document["metadata"]["name"]: set(document["data"]) for document in yaml.safe_load_all(text) if document}


class WorkloadTest(unittest.TestCase):
    def test_every_manifest_is_a_resource(self):
        files = {path.name for path in (project.ROOT / FOLDER).glob("*.yaml")}
        others = {"kustomization.yaml", "prometheus-adapter.values.yaml"}
        self.assertEqual(files - others, set(KUSTOMIZATION["resources"]))

    def test_selectors_choose_their_own_pods(self):
        for name, workload in WORKLOADS.items():
            self.assertEqual(chosen(workload["spec"]["selector"]["matchLabels"]), [name])
        for name, budget in all_of("PodDisruptionBudget").items():
            self.assertEqual(chosen(budget["spec"]["selector"]["matchLabels"]), [name])

    def test_services_lead_to_ports_that_are_there(self):
        for name, service in all_of("Service").items():
            (target,) = chosen(service["spec"]["selector"])
            for port in service["spec"].get("ports", []):
                self.assertEqual(numbers(WORKLOADS[target])[port["targetPort"]], port["port"], name)
        for workload in WORKLOADS.values():
            if workload["kind"] == "StatefulSet":
                self.assertIn(workload["spec"]["serviceName"], all_of("Service"))

    def test_addresses_lead_to_the_port_that_is_bound_there(self):
        defaults = project.ports()
        for setting, value in BUS.items():
            if setting == "MARTLET_DRAIN_S":
                continue
            host, port = project.endpoint(value)
            self.assertEqual(port, defaults[setting])
            self.assertIn(port, [p["port"] for p in all_of("Service")[host]["spec"]["ports"]], setting)
            bound = {e["name"]: e.get("value") for e in container(WORKLOADS[host])["env"]}
            self.assertEqual(bound[setting], f"tcp://*:{port}")
        known = project.settings()
        for workload in WORKLOADS.values():
            for name in [*BUS, *(entry["name"] for entry in container(workload)["env"])]:
                self.assertIn(name, known)

    def test_images_are_stages_of_the_dockerfile(self):
        images = {container(workload)["image"] for workload in WORKLOADS.values()}
        self.assertEqual(images, {image["name"] for image in KUSTOMIZATION["images"]})
        self.assertLessEqual({image.split("/")[1] for image in images}, set(project.stages()))

    def test_references_exist(self):
        made = secrets()
        maps = {entry["name"] for entry in KUSTOMIZATION["configMapGenerator"]}
        for name, workload in WORKLOADS.items():
            for source in container(workload)["envFrom"]:
                if "configMapRef" in source:
                    self.assertIn(source["configMapRef"]["name"], maps)
                else:
                    self.assertTrue(source["secretRef"].get("optional"), name)
            volumes = {volume["name"]: volume for volume in pod(workload)["volumes"]}
            templates = {t["metadata"]["name"] for t in workload["spec"].get("volumeClaimTemplates", [])}
            mounted = {mount["name"] for mount in container(workload)["volumeMounts"]}
            self.assertEqual(mounted, volumes.keys() | templates)
            if "persistentVolumeClaim" in volumes.get("data", {}):
                self.assertIn(volumes["data"]["persistentVolumeClaim"]["claimName"], all_of("PersistentVolumeClaim"))
            keys = volumes["keys"]["secret"]
            self.assertEqual(keys["secretName"], f"keys-{role(name)}")
            self.assertEqual({item["key"] for item in keys["items"]}, made[keys["secretName"]], name)
            for item in keys["items"]:
                self.assertEqual(item["path"], item["key"].replace(".", "/"))
            # KeyRing refuses a secret that everybody may read.
            self.assertEqual(keys["defaultMode"] & 0o007, 0)

    def test_probes_ask_the_images_own_program_or_a_port_of_it(self):
        stages = project.stages()
        for name, workload in WORKLOADS.items():
            own = container(workload)
            for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
                probe = own[kind]
                if "exec" in probe:
                    program, *rest = probe["exec"]["command"]
                    self.assertEqual(program, stages[own["image"].split("/")[1]], name)
                    self.assertEqual(rest[:-1], own.get("args", []), name)
                    self.assertEqual(rest[-1], "--health" if kind == "readinessProbe" else "--alive", name)
                else:
                    self.assertIn(probe["httpGet"]["port"], numbers(workload), name)
                    self.assertIn(f'"{probe["httpGet"]["path"]}"', project.text("Services/Gateway/OpenPath.swift"))

    def test_pods_are_locked_down_and_have_time_to_drain(self):
        for name, workload in WORKLOADS.items():
            outer, inner = pod(workload)["securityContext"], container(workload)["securityContext"]
            self.assertTrue(outer["runAsNonRoot"] and outer["runAsUser"] == 10001, name)
            self.assertEqual(outer["seccompProfile"], {"type": "RuntimeDefault"}, name)
            self.assertTrue(inner["readOnlyRootFilesystem"] and not inner["allowPrivilegeEscalation"], name)
            self.assertEqual(inner["capabilities"], {"drop": ["ALL"]}, name)
            self.assertFalse(pod(workload)["automountServiceAccountToken"], name)
            self.assertGreater(pod(workload)["terminationGracePeriodSeconds"], int(BUS["MARTLET_DRAIN_S"]) + 3, name)

    def test_who_keeps_files_is_never_there_twice(self):
        for name, workload in WORKLOADS.items():
            if workload["kind"] == "Deployment":
                self.assertEqual(workload["spec"]["strategy"], {"type": "Recreate"}, name)
                self.assertEqual(workload["spec"]["replicas"], 1, name)


class PolicyTest(unittest.TestCase):
    policies = all_of("NetworkPolicy")

    def pairs(self, direction, side):
        """Who, to whom, on which port, as one side's rules have it."""
        for name, policy in self.policies.items():
            for rule in policy["spec"].get(direction, []):
                for peer in rule.get(side, []):
                    if "podSelector" not in peer or "namespaceSelector" in peer:
                        continue
                    for port in rule["ports"]:
                        ends = (name, name_of(peer)) if direction == "egress" else (name_of(peer), name)
                        yield (*ends, port["port"])

    def test_everything_is_closed_first(self):
        spec = self.policies["default-deny"]["spec"]
        self.assertEqual((spec["podSelector"], set(spec["policyTypes"])), ({}, {"Ingress", "Egress"}))

    def test_every_workload_has_a_policy_of_its_name(self):
        own = {n: p["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for n, p in self.policies.items()
               if p["spec"]["podSelector"]}
        self.assertEqual(own, {name: name for name in [*WORKLOADS, "operator"]})

    def test_both_ends_agree_and_the_port_is_there(self):
        out, into = set(self.pairs("egress", "to")), set(self.pairs("ingress", "from"))
        # HTTP is open to all, so no rule of the gateway's names the operator.
        self.assertEqual(out - {("operator", "gateway", 8080)}, into)
        for _, name, port in out:
            self.assertIn(port, numbers(WORKLOADS[name]).values())

    def test_every_link_of_the_bus_is_let_through(self):
        doors = {"MARTLET_AUDIT": ["gateway", "image-worker", "health-monitor"],
                 "MARTLET_TAP_IN": ["gateway", "image-worker", "health-monitor", "audit-service"],
                 "MARTLET_JOBS": ["image-worker"], "MARTLET_CONTROL": ["health-monitor"]}
        out = set(self.pairs("egress", "to"))
        for setting, callers in doors.items():
            for caller in callers:
                self.assertIn((caller, *project.endpoint(BUS[setting])), out)


class AutoscalerTest(unittest.TestCase):
    def test_it_scales_what_is_there_by_metrics_that_are_there(self):
        scaler = all_of("HorizontalPodAutoscaler")["image-worker"]["spec"]
        target = WORKLOADS[scaler["scaleTargetRef"]["name"]]
        self.assertEqual(target["kind"], scaler["scaleTargetRef"]["kind"])
        self.assertNotIn("replicas", target["spec"])
        table = project.text("deploy/dashboards/METRICS.md")
        source = project.text("Services/Gateway/Health/ClusterGauges.swift")
        (rule,) = project.documents(f"{FOLDER}/prometheus-adapter.values.yaml")[0]["rules"]["external"]
        pattern = re.search(r'__name__=~"(.*?)"', rule["seriesQuery"])[1]
        for metric in scaler["metrics"]:
            wanted = metric["external"]["metric"]
            row = re.search(rf'^\| `{wanted["name"]}` \| .*$', table, re.M)[0]
            self.assertTrue(re.fullmatch(pattern, wanted["name"]))
            for label, value in wanted.get("selector", {}).get("matchLabels", {}).items():
                self.assertIn(f"`{label}`", row)
                self.assertIn(f'with("{value}")', source)
