"""What schemathesis is told of this API: which ids exist, what stays out of reach, and how many cases there were."""

import atexit
import os
import random
import re

import requests
import schemathesis

GATEWAY = os.environ["GATEWAY_URL"]
TOKEN = os.environ["ADMIN_TOKEN"]
COUNT_FILE = os.environ["CASES_FILE"]

#: The path of a list, and the field that names its items, for each path with an id.
LISTS = {
    "/api/geniacs/integrations/": ("/api/geniacs/integrations", "integrations"),
    "/api/geniacs/sync/": ("/api/geniacs/syncs", "syncs"),
    "/api/geniacs/consistency-checks/": ("/api/geniacs/syncs", "syncs"),
    "/api/geniacs/webhook-events/": ("/api/geniacs/webhook-events", "webhook_events"),
    "/api/geniacs/conflicts/": ("/api/geniacs/conflicts", "conflicts"),
    "/api/geniacs/mappings/": ("/api/geniacs/mappings", "mappings"),
    "/api/geniacs/schedules/": ("/api/geniacs/schedules", "schedules"),
    "/api/geniacs/reports/": ("/api/geniacs/reports", "reports"),
}
CHANCE = random.Random(7)
cases = 0
known = {}


def ids_of(path):
    """The ids that exist below a path, asked for anew every so often: cases make and delete them."""
    for prefix, (listed, plural) in LISTS.items():
        if path.startswith(prefix):
            age, found = known.get(listed, (0, []))
            if cases >= age:
                found = asked(listed, plural) or found
                known[listed] = (cases + 200, found)
            return found
    return []


def asked(path, plural):
    answer = requests.get(f"{GATEWAY}{path}?limit=100", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    return [item["id"] for item in answer.json()["data"][plural]] if answer.ok else []


def close(schema):
    """An answer holds nothing that is not described."""
    if isinstance(schema, dict):
        if "properties" in schema and "additionalProperties" not in schema:
            schema["additionalProperties"] = False
        for value in schema.values():
            close(value)
    elif isinstance(schema, list):
        for value in schema:
            close(value)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    close(raw_schema["components"]["schemas"])
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            close(operation["responses"])


@schemathesis.hook
def before_call(context, case, kwargs):
    path = case.operation.path
    if case.path_parameters and "id" in case.path_parameters and CHANCE.random() < 0.8:
        found = ids_of(re.sub(r"\{.*", "", path)) if "{entity_type}" not in path else list(range(1, 30))
        if found:
            case.path_parameters["id"] = CHANCE.choice(found)
    if isinstance(case.body, dict) and "integration_id" in case.body and CHANCE.random() < 0.8:
        case.body["integration_id"] = int(os.environ["INTEGRATION_ID"])
    if case.query and "integration_id" in case.query and CHANCE.random() < 0.8:
        case.query["integration_id"] = int(os.environ["INTEGRATION_ID"])


@schemathesis.hook
def after_call(context, case, response):
    global cases
    cases += 1


@atexit.register
def tell():
    with open(COUNT_FILE, "w", encoding="ascii") as file:
        print(cases, file=file)
