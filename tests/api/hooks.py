"""What schemathesis is told of this API: which ids exist, what stays out of reach, and how many cases there were."""

import atexit
import collections
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
    "/api/geniacs/dead-letters/": ("/api/geniacs/dead-letters", "dead_letters"),
    "/api/users/": ("/api/users", "users"),
    "/api/tokens/": ("/api/tokens", "tokens"),
    "/api/geniacs/reports/": ("/api/geniacs/reports", "reports"),
}
#: Whoever asks stays: neither the user nor the token is changed.
ME = requests.get(f"{GATEWAY}/api/auth/me", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
ADMIN = ME.json()["data"]["user"]["id"]
CHANCE = random.Random(7)
cases = 0
statuses = collections.Counter()
#: Operations that ended with success, or otherwise, at least once.
successful, met = set(), set()
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
    items = answer.json()["data"][plural] if answer.ok else []
    return [item["id"] for item in items if ADMIN not in (item["id"] if plural == "users" else None, item.get("user_id"))]


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
    is_own = re.match(r"/api/(users|tokens)/", path) is not None
    if case.path_parameters and "id" in case.path_parameters and (is_own or CHANCE.random() < 0.8):
        found = ids_of(re.sub(r"\{.*", "", path)) if "{entity_type}" not in path else list(range(1, 30))
        if found or is_own:
            case.path_parameters["id"] = CHANCE.choice(found or [999_999_999])
    # The integration that all the rest belongs to stays as it is.
    if path == "/api/geniacs/integrations/{id}" and case.method.upper() != "GET":
        if str(case.path_parameters["id"]) == os.environ["INTEGRATION_ID"]:
            case.path_parameters["id"] = 999_999_999
    if isinstance(case.body, dict) and "integration_id" in case.body and CHANCE.random() < 0.8:
        case.body["integration_id"] = int(os.environ["INTEGRATION_ID"])
    if case.query and "integration_id" in case.query and CHANCE.random() < 0.8:
        case.query["integration_id"] = int(os.environ["INTEGRATION_ID"])


@schemathesis.hook
def after_call(context, case, response):
    global cases
    cases += 1
    statuses[response.status_code] += 1
    if response.status_code < 300:
        successful.add(case.operation.label)
    else:
        met.add(case.operation.label)


@atexit.register
def tell():
    with open(COUNT_FILE, "w", encoding="ascii") as file:
        print(cases, file=file)
    print("answers:", ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items())))
    print("never with success:", ", ".join(sorted(met - successful)) or "none")
