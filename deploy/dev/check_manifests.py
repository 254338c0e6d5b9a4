#!/usr/bin/env python3
"""The checks of deploy/dev/check-deploy for which there is no tool: run there."""
import json
import re
import subprocess
import sys

import kubernetes_validate
import yaml

# The oldest and the newest version of Kubernetes that the manifests are for.
VERSIONS = ["1.29", "1.34"]


def fail(message):
    sys.exit(f"check-deploy: {message}")


def expressions(path):
    """Every expression of a dashboard as a recording rule, so that promtool parses it."""
    targets = [t for panel in json.load(open(path))["panels"] for t in panel.get("targets", [])]
    rules = [
        {"record": f"panel:{index}", "expr": target["expr"].replace("$__rate_interval", "1m")}
        for index, target in enumerate(targets)
    ]
    yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}, sys.stdout)


def kubernetes(path):
    """Each object against its published schema, and all of them against each other."""
    objects = [o for o in yaml.safe_load_all(open(path)) if o]
    for one in objects:
        name = f"{one['kind']} {one['metadata']['name']}"
        if one["apiVersion"] == "keda.sh/v1alpha1":
            continue  # not Kubernetes' own; `scaled` looks at what ours says
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(one, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                fail(f"{name} ({version}): {'.'.join(map(str, error.path))}: {error.message}")
    deployments = {o["metadata"]["name"]: o["spec"] for o in objects if o["kind"] == "Deployment"}
    for name, spec in deployments.items():
        pod(name, spec)
    for one in objects:
        related(one, deployments)
    kinds = sorted({o["kind"] for o in objects})
    print(f"{len(objects)} objects hold by the schemas of {' and '.join(VERSIONS)}: {', '.join(kinds)}")


def pod(name, spec):
    """What a pod promises: ports that its probes use, volumes that it mounts, and no privilege."""
    template = spec["template"]["spec"]
    volumes = {v["name"] for v in template["volumes"]}
    if template["securityContext"].get("runAsNonRoot") is not True:
        fail(f"Deployment {name} may run as root")
    for container in template["containers"]:
        ports = {p["name"] for p in container["ports"]}
        for probe, path in [("livenessProbe", "/healthz"), ("readinessProbe", "/readyz"), ("startupProbe", None)]:
            get = container[probe]["httpGet"]
            if get["port"] not in ports or get["path"] != (path or get["path"]):
                fail(f"Deployment {name}: {probe} asks {get}")
        for mount in container["volumeMounts"]:
            if mount["name"] not in volumes:
                fail(f"Deployment {name} mounts {mount['name']}, which is no volume")


def related(one, deployments):
    """Selectors that select something, and targets that exist."""
    kind, spec = one["kind"], one.get("spec", {})
    name = f"{kind} {one['metadata']['name']}"
    labels = {d: s["template"]["metadata"]["labels"] for d, s in deployments.items()}

    def selected(selector):
        wanted = selector.get("matchLabels", selector if kind == "Service" else {})
        within = {e["key"]: e["values"] for e in selector.get("matchExpressions", [])}
        return [
            d
            for d, own in labels.items()
            if all(own.get(k) == v for k, v in wanted.items()) and all(own.get(k) in v for k, v in within.items())
        ]

    if kind in ("Service", "PodDisruptionBudget"):
        found = selected(spec["selector"])
        if len(found) != 1:
            fail(f"{name} selects {found}")
    if kind == "Service":
        ports = {p["name"] for p in deployments[found[0]]["template"]["spec"]["containers"][0]["ports"]}
        for port in spec["ports"]:
            if port["targetPort"] not in ports:
                fail(f"{name}: {found[0]} has no port {port['targetPort']}")
    if kind == "NetworkPolicy" and not selected(spec["podSelector"]):
        fail(f"{name} selects nothing")
    if kind in ("HorizontalPodAutoscaler", "ScaledObject"):
        target = spec["scaleTargetRef"]["name"]
        if target not in deployments or "replicas" in deployments[target]:
            fail(f"{name}: expected a Deployment {target} without replicas of its own")


def argument_lists(path):
    """Every command line of a file, with whether it is complete."""
    if path.endswith(".service"):
        line = re.search(r"^ExecStart=(.*)$", open(path).read(), re.M).group(1)
        words = line.replace("%i", "1").replace("/etc/llava/", "deploy/config/").split()
        return [[words[0].rsplit("/", 1)[1]] + words[1:]]
    lists = []
    for document in yaml.safe_load_all(open(path)):
        if "services" in document:
            lists += [s["command"] for s in document["services"].values() if "command" in s]
        elif document["kind"] == "Deployment":
            lists += [c["command"] for c in document["spec"]["template"]["spec"]["containers"]]
    return lists


def commands(programs, *paths):
    """Has each program read its command line, and say what results from it."""
    count = 0
    for path in paths:
        for words in argument_lists(path):
            run = subprocess.run(
                [f"{programs}/{words[0]}", *words[1:], "--print-config"], capture_output=True, text=True, check=False)
            if run.returncode:
                fail(f"{path}: {' '.join(words)}: {run.stderr.strip()}")
            count += 1
    print(f"{count} command lines are understood")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
