"""An OpenAPI document of real-world size: a harbour authority with 16 kinds of things.

Made by rules, so that it can be read: each kind has a list with paging, a record, a draft, a patch, an event and
a summary, and the operations to list, create, read, replace, change and delete it. Some have more.
"""

TEXT = {"type": "string", "minLength": 1, "maxLength": 80}
MOMENT = {"type": "string", "format": "date-time"}
# the fields of each kind beside its id; "→ kind" is another thing
KINDS = {
    "ship": {"name": TEXT, "flag": {"type": "string", "pattern": "^[A-Z]{2}$"}, "draught": {"type": "number", "minimum": 0, "maximum": 30}, "owner": "→ company"},
    "company": {"name": TEXT, "email": {"type": "string", "format": "email"}, "vat": {"type": ["string", "null"]}, "parent": "→ company"},
    "berth": {"code": {"type": "string", "pattern": "^[A-Z][0-9]{1,3}$"}, "length": {"type": "integer", "minimum": 10, "maximum": 500}, "quay": "→ quay"},
    "quay": {"name": TEXT, "depth": {"type": "number", "exclusiveMinimum": 0}, "cranes": {"type": "array", "items": "→ crane", "maxItems": 4}},
    "crane": {"reach": {"type": "integer", "minimum": 1}, "state": {"type": "string", "enum": ["idle", "working", "broken"]}},
    "visit": {"ship": "→ ship", "berth": "→ berth", "arrival": MOMENT, "departure": {"anyOf": [MOMENT, {"type": "null"}]}},
    "cargo": {"visit": "→ visit", "weight": {"type": "number", "minimum": 0, "multipleOf": 0.5}, "goods": {"anyOf": ["→ container", "→ bulk"]}},
    "container": {"number": {"type": "string", "pattern": "^[A-Z]{4}[0-9]{7}$"}, "size": {"enum": [20, 40, 45]}, "sealed": {"type": "boolean"}},
    "bulk": {"material": {"type": "string", "enum": ["grain", "ore", "coal"]}, "tonnes": {"type": "integer", "minimum": 1}},
    "pilot": {"name": TEXT, "phone": {"type": "string"}, "licences": {"type": "array", "items": {"type": "string", "enum": ["tanker", "liner", "ferry"]}, "uniqueItems": True}},
    "tug": {"name": TEXT, "power": {"type": "integer", "minimum": 100, "format": "int32"}, "pilot": "→ pilot"},
    "invoice": {"company": "→ company", "total": {"type": "number", "minimum": 0}, "currency": {"const": "EUR"}, "lines": {"type": "array", "items": "→ fee", "minItems": 1}},
    "fee": {"label": TEXT, "amount": {"type": "number"}, "kind": {"type": "string", "enum": ["berth", "pilot", "waste"]}},
    "permit": {"holder": "→ company", "valid": {"type": "object", "required": ["from", "until"], "properties": {"from": {"type": "string", "format": "date"}, "until": {"type": "string", "format": "date"}}}},
    "incident": {"summary": TEXT, "severity": {"type": "integer", "minimum": 1, "maximum": 5}, "ships": {"type": "array", "items": "→ ship"}, "notes": {"type": "object", "additionalProperties": {"type": "string"}}},
    "tide": {"at": MOMENT, "height": {"type": "number"}, "station": {"type": "string", "format": "uuid"}},
}  # fmt: skip


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def linked(value):
    """The schema with every "→ kind" as a reference to what is told of that kind elsewhere."""
    if isinstance(value, str) and value.startswith("→ "):
        return ref(f"{value[2:].title()}Summary")
    if isinstance(value, dict):
        return {key: linked(each) for key, each in value.items()}
    return [linked(each) for each in value] if isinstance(value, list) else value


def schemas_of(kind, fields):
    title, properties = kind.title(), linked(fields)
    own_id = {"type": "integer", "format": "int64", "minimum": 1, "readOnly": True}
    draft = {"type": "object", "required": list(fields)[:2], "properties": properties}
    return {
        f"{title}Draft": draft,
        f"{title}": {"allOf": [ref(f"{title}Draft"), {"type": "object", "required": ["id"], "properties": {"id": own_id, "changed": MOMENT}}]},
        f"{title}Patch": {"type": "object", "minProperties": 1, "properties": properties, "additionalProperties": False},
        f"{title}Summary": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "minimum": 1}, "label": {"type": "string"}}},
        f"{title}Page": {"type": "object", "required": ["items", "total"], "properties": {"items": {"type": "array", "items": ref(title)}, "total": {"type": "integer", "minimum": 0}, "next": {"type": ["string", "null"]}}},
        f"{title}Event": {"type": "object", "required": ["kind", "at"], "properties": {"kind": {"const": kind}, "at": MOMENT, "state": ref(f"{title}Summary")}},
        f"{title}Filter": {"type": "object", "properties": {"text": {"type": "string", "maxLength": 40}, "since": {"type": "string", "format": "date"}}},
    }  # fmt: skip


def answer(name, description):
    return {"description": description, "content": {"application/json": {"schema": ref(name)}}}


def body(name):
    return {"required": True, "content": {"application/json": {"schema": ref(name)}}}


def paths_of(kind):
    title, root = kind.title(), f"/{kind}s"
    own_id = {
        "name": f"{kind}Id",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "format": "int64", "minimum": 1},
    }
    listing = [
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50}},
        {"name": "filter", "in": "query", "style": "deepObject", "explode": True, "schema": ref(f"{title}Filter")},
        {"name": "sort", "in": "query", "explode": False, "schema": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": ["id", "changed"]}}},
    ]  # fmt: skip
    missing = {"404": answer("Problem", "There is none.")}
    return {
        root: {
            "get": {"operationId": f"list{title}s", "tags": [kind], "summary": f"All {kind}s, in pages", "parameters": listing, "responses": {"200": answer(f"{title}Page", "A page.")}},
            "post": {"operationId": f"add{title}", "tags": [kind], "summary": f"A new {kind}", "requestBody": body(f"{title}Draft"), "parameters": [{"$ref": "#/components/parameters/Request"}], "responses": {"201": {**answer(title, "It is there."), "headers": {"Location": {"required": True, "schema": {"type": "string"}}}}}},
        },
        f"{root}/latest": {"get": {"operationId": f"latest{title}", "tags": [kind], "summary": f"What happened to a {kind} last", "responses": {"2XX": answer(f"{title}Event", "The event.")}}},
        f"{root}/{{{kind}Id}}": {
            "parameters": [own_id],
            "get": {"operationId": f"get{title}", "tags": [kind], "summary": f"One {kind}", "responses": {"200": answer(title, "It."), **missing}},
            "put": {"operationId": f"put{title}", "tags": [kind], "summary": f"Another {kind} in its place", "requestBody": body(f"{title}Draft"), "responses": {"default": answer(title, "The new one.")}},
            "patch": {"operationId": f"change{title}", "tags": [kind], "summary": f"Change a {kind}", "requestBody": body(f"{title}Patch"), "responses": {"200": answer(title, "As it is now.")}},
            "delete": {"operationId": f"delete{title}", "tags": [kind], "summary": f"Remove a {kind}", "responses": {"204": {"description": "It is gone."}, **missing}},
        },
    }  # fmt: skip


def harbour():
    """The document: 112 operations and more than 110 schemas, OpenAPI 3.1."""
    schemas = {
        name: schema for kind, fields in KINDS.items() for name, schema in schemas_of(kind, fields).items()
    }
    problem = {
        "type": "object",
        "required": ["code", "message"],
        "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
    }
    request = {"name": "X-Request-Id", "in": "header", "schema": {"type": "string", "format": "uuid"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Harbour", "version": "4.2"},
        "paths": {path: item for kind in KINDS for path, item in paths_of(kind).items()},
        "components": {"schemas": {"Problem": problem, **schemas}, "parameters": {"Request": request}},
    }
