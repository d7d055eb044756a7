#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# Writes the tables of answers that tests check ours against (Tests/WharfTestKit/EngineDescription+*.swift) from moby's
# description of the Engine API, a file of OpenAPI 2. To see whether a table still says the same:
#
#     Tests/Description/write.py ../engine-api.yaml images | diff - Tests/WharfTestKit/EngineDescription+Images.swift
#     Tests/Description/write.py ../engine-api.yaml containers | diff - Tests/WharfTestKit/EngineDescription+Containers.swift
#
# Needs PyYAML. A type is `string`, `integer`, `[element]`, `{value}` or a name; `?` may be null, `*` must be there. What the
# description leaves open may be null, as in Go: pointers, lists and maps. Types that we never send are left out (`any`).
import sys, textwrap, yaml

IMAGES = [
    ("get", "/images/json"), ("get", "/images/{name}/json"), ("get", "/images/{name}/history"), ("delete", "/images/{name}"),
    ("get", "/images/search"), ("post", "/images/prune"), ("post", "/auth"), ("post", "/commit"), ("get", "/system/df"),
    ("get", "/distribution/{name}/json"),
]
CONTAINERS = [
    ("get", "/containers/json"), ("post", "/containers/create"), ("get", "/containers/{id}/json"), ("get", "/containers/{id}/top"),
    ("get", "/containers/{id}/changes"), ("get", "/containers/{id}/stats"), ("post", "/containers/{id}/update"),
    ("post", "/containers/{id}/wait"), ("post", "/containers/prune"), ("post", "/containers/{id}/exec"), ("get", "/exec/{id}/json"),
    ("get", "/events"), ("get", "/info"), ("get", "/version"),
]
TABLES = {
    "images": (IMAGES, ["CreateImageInfo", "PushImageInfo", "ErrorResponse"], "images, distribution, auth, commit and disk usage"),
    "containers": (CONTAINERS, ["ErrorResponse"], "containers, exec, events, info and version"),
}
TABLE = sys.argv[2]
OPERATIONS, MESSAGES, SUBJECT = TABLES[TABLE]
LEFT_OUT = {"Identity", "ClusterInfo"}

document = yaml.safe_load(open(sys.argv[1]))
definitions = document["definitions"]
types = {}


def merged(schema):
    """All properties of a schema that is made of several."""
    if "allOf" not in schema:
        return schema
    if len(schema["allOf"]) == 1 and "$ref" in schema["allOf"][0] and not schema.get("properties"):
        return merged(definitions[schema["allOf"][0]["$ref"].split("/")[-1]])
    whole = {"properties": {}, "required": [], **{k: v for k, v in schema.items() if k not in ("allOf", "properties")}}
    for part in schema["allOf"] + [{"properties": schema.get("properties", {})}]:
        part = merged(definitions[part["$ref"].split("/")[-1]] if "$ref" in part else part)
        whole["properties"].update(part.get("properties", {}))
        whole["required"] = whole["required"] + part.get("required", [])
    return whole


def name_of(schema, hint):
    nullable = schema.get("x-nullable")
    if "$ref" in schema:
        name = schema["$ref"].split("/")[-1]
        if name in LEFT_OUT:
            return "any"
        if not merged(definitions[name]).get("properties"):
            return name_of(definitions[name], name)
        add(name, merged(definitions[name]))
        return name + ("" if nullable is False else "?")
    schema = merged(schema)
    kind = schema.get("type")
    mark = "" if nullable is False else "?"
    if kind == "array":
        items = schema.get("items", {})
        inner = name_of(items, hint + "Item") if "$ref" in items or "type" in items else "any"
        return "[" + inner.rstrip("?") + "]" + mark
    if kind == "object" or "properties" in schema:
        if schema.get("properties"):
            name = schema.get("title") or hint
            add(name, schema)
            return name + mark
        values = schema.get("additionalProperties")
        inner = name_of(values, hint + "Value") if isinstance(values, dict) and values else "any"
        return "{" + inner.rstrip("?") + "}" + mark
    if schema.get("enum") and kind == "string":
        return "string(" + "|".join(schema["enum"]) + ")"
    return "any" if kind is None else kind + ("?" if nullable else "")


def add(name, schema):
    if name in types:
        return
    types[name] = []
    required = schema.get("required", [])
    types[name] = [key + ("*" if key in required else "") + ": " + name_of(value, name + key[0].upper() + key[1:])
                   for key, value in schema["properties"].items()]


operations = []
for method, path in OPERATIONS:
    for status, response in document["paths"][path][method]["responses"].items():
        if status in (200, 201) and "schema" in response:
            operations.append(f"{method.upper()} {path} {status}: " + name_of(response["schema"], "Answer").rstrip("?"))
for name in MESSAGES:
    add(name, definitions[name])

print("// SPDX-License-Identifier: Apache-2.0")
print("// SPDX-FileCopyrightText: The Wharf authors")
print("//")
print("// What the Engine API's description says about answers that have to do with " + TABLE + ". Written by Tests/Description/write.py.")
print()
print("extension EngineDescription {")
print(f"    /// API {document['info']['version']}: {SUBJECT}.")
print(f"    public static let {TABLE} = EngineDescription(")
print('        """')
for line in operations:
    print("        " + line)
for name, members in types.items():
    print("\n".join(textwrap.wrap(f"{name} {{ {', '.join(members)} }}", 130, initial_indent="        ", subsequent_indent="            ")))
print('        """)')
print("}")
