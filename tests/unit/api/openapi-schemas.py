#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""openapi-schemas.py DOCUMENT SAMPLES: whether the OpenAPI document keeps the rules, its examples fit its schemas,
and so does what the program SAMPLES prints."""

import json
import re
import subprocess
import sys

import jsonschema

METHODS = {"get", "post", "put", "delete"}
ROLES = {"anyone", "requester", "viewer", "operator", "administrator"}
STATUS_OF = {"get": {"200"}, "post": {"200", "201", "204"}, "put": {"200", "204"}, "delete": {"204"}}


def main(document_file, samples):
    document = json.load(open(document_file, encoding="utf-8"))
    components = document["components"]
    mistakes = []

    def need(holds, what):
        if not holds:
            mistakes.append(what)

    def validator(schema):
        return jsonschema.Draft202012Validator(
            schema, resolver=jsonschema.RefResolver("", document),
            format_checker=jsonschema.FormatChecker(["date"]))

    def fits(value, schema, where):
        for error in validator(schema).iter_errors(value):
            mistakes.append(f"{where}: {error.json_path}: {error.message}")

    def follow(thing, where):
        if "$ref" not in thing:
            return thing
        found = document
        for step in thing["$ref"].removeprefix("#/").split("/"):
            need(step in found, f"{where}: {thing['$ref']} leads nowhere")
            found = found.get(step, {})
        return found

    def every_ref(thing, where):
        if isinstance(thing, dict):
            if "$ref" in thing:
                follow(thing, where)
            for key, value in thing.items():
                every_ref(value, f"{where}/{key}")
        elif isinstance(thing, list):
            for item in thing:
                every_ref(item, where)

    need(document["openapi"].startswith("3.1."), "it is OpenAPI 3.1")
    every_ref(document, "#")
    for name, schema in components["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        need(set(schema.get("required", [])) <= set(schema["properties"]), f"{name}: required without a property")
    for name, response in components["responses"].items():
        for content in response["content"].values():
            fits(content["example"], content["schema"], f"responses/{name}")

    ids, used = set(), set()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            where = f"{method.upper()} {path}"
            need(method in METHODS, f"{where}: the method")
            need(operation["operationId"] not in ids, f"{where}: operationId twice")
            ids.add(operation["operationId"])
            need(operation["x-viaduct-role"] in ROLES, f"{where}: the role")
            need((operation.get("security") == []) == (operation["x-viaduct-role"] == "anyone"), f"{where}: security")
            parameters = [follow(p, where) for p in operation["parameters"]]
            used |= {p["$ref"] for p in operation["parameters"] if "$ref" in p}
            places = [(p["in"], p["name"]) for p in parameters]
            need(len(places) == len(set(places)), f"{where}: a parameter twice")
            in_path = {name for place, name in places if place == "path"}
            need(in_path == set(re.findall(r"{(\w+)}", path)), f"{where}: the parameters of the path")
            for parameter in parameters:
                jsonschema.Draft202012Validator.check_schema(parameter["schema"])
            success = {status for status in operation["responses"] if status < "300"}
            need(len(success) == 1 and success <= STATUS_OF[method], f"{where}: one success")
            contents = [follow(r, where).get("content", {}) for r in operation["responses"].values()]
            contents.append(operation.get("requestBody", {}).get("content", {}))
            for content in contents:
                for media in content.values():
                    if "example" in media:
                        fits(media["example"], media["schema"], where)
    unused = {f"#/components/parameters/{name}" for name in components["parameters"]} - used
    need(not unused, f"parameters that nothing uses: {unused}")
    need(set(document["x-viaduct-events"]) >= {"snapshot.begin", "tunnel.up", "counters"}, "the events")

    counted = set()
    for line in subprocess.run([samples], capture_output=True, check=True, text=True).stdout.splitlines():
        sample = json.loads(line)
        if sample["type"] == "Nothing":
            continue
        counted.add(sample["type"])
        fits(sample["value"], {"$ref": f"#/components/schemas/{sample['type']}"}, f"sample of {sample['type']}")
        needed = components["schemas"][sample["type"]].get("required", [])
        if needed:  # the validator is awake
            broken = {key: value for key, value in sample["value"].items() if key != needed[0]}
            schema = validator({"$ref": f"#/components/schemas/{sample['type']}"})
            need(not schema.is_valid(broken), f"{sample['type']} without {needed[0]} is taken")
    need(len(counted) > 70, f"only {len(counted)} types were sampled")

    for mistake in mistakes[:50]:
        print(mistake)
    print(f"{len(ids)} operations, {len(components['schemas'])} schemas, {len(counted)} types: {len(mistakes)} mistakes")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
