import re
import unittest

import project

COMPOSE = project.documents("compose.yaml")[0]
SERVICES = COMPOSE["services"]
ONE_SHOT = {"keys", "tap", "martlet"}


def environment(service):
    return service.get("environment") or {}


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text)[1])


class ComposeTest(unittest.TestCase):
    def test_every_image_is_a_stage_of_the_dockerfile(self):
        stages = project.stages()
        for name, service in SERVICES.items():
            target = service["build"]["target"]
            self.assertIn(target, stages, name)
            self.assertEqual(service["image"].split(":")[0], f"martlet/{target}", name)

    def test_every_service_is_locked_down(self):
        for name, service in SERVICES.items():
            self.assertTrue(service["read_only"], name)
            self.assertEqual(service["cap_drop"], ["ALL"], name)
            self.assertIn("no-new-privileges:true", service["security_opt"], name)
        for block in project.text("deploy/Dockerfile").split("ENTRYPOINT")[:-1]:
            self.assertIn("\nUSER 10001:10001\n", block.split("\nFROM ")[-1])

    def test_addresses_name_a_service_and_the_port_that_it_binds(self):
        ports = project.ports()
        bound = {}
        for name, service in SERVICES.items():
            for setting, value in environment(service).items():
                if project.endpoint(value) and project.endpoint(value)[0] == "*":
                    bound[setting] = name
                    self.assertEqual(project.endpoint(value)[1], ports[setting], setting)
        self.assertEqual(bound.keys(), {name for name in ports if project.settings()[name].startswith("tcp://")})
        for setting, value in COMPOSE["x-bus"].items():
            if project.endpoint(value):
                self.assertEqual(project.endpoint(value), (bound[setting], ports[setting]))

    def test_every_setting_exists(self):
        known = project.settings()
        for name, service in SERVICES.items():
            for setting in environment(service):
                exists = setting in known or setting.startswith("MARTLET_UPSTREAM_")
                # The command line's own two.
                self.assertTrue(exists or setting in ("MARTLET_URL", "MARTLET_KEY"), f"{name}: {setting}")

    def test_the_simulator_takes_the_place_of_every_type_that_martlet_up_simulates(self):
        types, keys = project.simulated()
        wanted = {
            f"MARTLET_UPSTREAM_{type}": f"${{SIMULATOR:+http://provider-sim:9900/{name}}}" for type, name in types.items()
        }
        self.assertEqual(COMPOSE["x-upstreams"], wanted)
        simulator = project.environment("deploy/simulator.env")
        self.assertEqual({name: simulator.get(name) for name in keys}, keys)
        self.assertEqual(set(project.environment("deploy/providers.env")), project.provider_keys())
        self.assertEqual(set(keys), project.provider_keys())

    def test_a_stop_leaves_time_to_drain(self):
        drain = COMPOSE["x-bus"]["MARTLET_DRAIN_S"]
        for name, service in SERVICES.items():
            self.assertGreater(seconds(service["stop_grace_period"]), drain + 3, name)

    def test_whoever_keeps_running_has_a_health_check_of_its_own_program(self):
        stages = project.stages()
        for name, service in SERVICES.items():
            if name in ONE_SHOT:
                continue
            kind, program, *rest = service["healthcheck"]["test"]
            self.assertEqual((kind, program, rest[-1]), ("CMD", stages[service["build"]["target"]], "--health"), name)

    def test_a_role_sees_its_own_keys_alone(self):
        roles = project.role_names()
        made = {volume.split(":")[1] for volume in SERVICES["keys"]["volumes"]}
        self.assertEqual(made, {f"/folders/{role}" for role in roles})
        for name, service in SERVICES.items():
            volumes = [volume.split(":") for volume in service.get("volumes", [])]
            for volume, *_ in volumes:
                self.assertIn(volume, COMPOSE["volumes"], name)
            if name == "keys":
                self.assertEqual([f"keys-{target.split('/')[-1]}" for _, target in volumes], [v for v, _ in volumes])
                continue
            role = {"tap-hub": "tap", "tap": "operator"}.get(name, name)
            keys = [volume for volume in volumes if volume[0].startswith("keys")]
            wanted = [] if name in ("martlet", "provider-sim") else [[f"keys-{role}", "/keys", "ro"]]
            self.assertEqual(keys, wanted, name)

    def test_networks_are_declared_and_only_who_calls_providers_gets_out(self):
        for name, service in SERVICES.items():
            for network in service.get("networks", []):
                self.assertIn(network, COMPOSE["networks"], name)
        outside = {name for name, service in SERVICES.items() if "outside" in service.get("networks", [])}
        self.assertEqual(outside, {"gateway", "image-worker", "health-monitor"})
