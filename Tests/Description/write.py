#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# Writes the table of answers that tests check ours against (Tests/WharfTestKit/EngineDescription+Images.swift) from moby's
# description of the Engine API, a file of OpenAPI 2. To see whether the table still says the same:
#
#     Tests/Description/write.py ../engine-api.yaml | diff - Tests/WharfTestKit/EngineDescription+Images.swift
#
# Needs PyYAML. A type is `string`, `integer`, `[element]`, `{value}` or a name; `?` may be null, `*` must be there. What the
# description leaves open may be null, as in Go: pointers, lists and maps. Types that we never send are left out (`any`).
import sys, textwrap, yaml

OPERATIONS = [
    ("get", "/images/json"), ("get", "/images/{name}/json"), ("get", "/images/{name}/history"), ("delete", "/images/{name}"),
    ("get", "/images/search"), ("post", "/images/prune"), ("post", "/auth"), ("post", "/commit"), ("get", "/system/df"),
    ("get", "/distribution/{name}/json"),
]
MESSAGES = ["CreateImageInfo", "PushImageInfo", "ErrorResponse"]
LEFT_OUT = {"Identity"}

document = yaml.safe_load(open(sys.argv[1]))
definitions = document["definitions"]
types = {}


def name_of(schema, hint):
    nullable = schema.get("x-nullable")
    if "$ref" in schema:
        name = schema["$ref"].split("/")[-1]
        if name in LEFT_OUT:
            return "any"
        if not definitions[name].get("properties"):
            return name_of(definitions[name], name)
        add(name, definitions[name])
        return name + ("" if nullable is False else "?")
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
    if schema.get("enum"):
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
print("// What the Engine API's description says about answers that have to do with images. Written by Tests/Description/write.py.")
print()
print("extension EngineDescription {")
print(f"    /// API {document['info']['version']}: images, distribution, auth, commit and disk usage.")
print('    public static let images = EngineDescription(')
print('        """')
for line in operations:
    print("        " + line)
for name, members in types.items():
    print("\n".join(textwrap.wrap(f"{name} {{ {', '.join(members)} }}", 130, initial_indent="        ", subsequent_indent="            ")))
print('        """)')
print("}")
