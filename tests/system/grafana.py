#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""grafana: asks a store what the dashboards would ask it, as Grafana does: variables, time range and intervals filled in.

usage: grafana.py influxql|promql URL FOLDER [UTC_S]   FOLDER: where `make dashboards` put the files of that language; UTC_S: the end of the time
                                                       range (now)

Prints one line a question: dashboard, panel, question, unit, answers, least, greatest, sum of the answers. Ends with 1 when a store refuses a
question, when a panel that has to have data has none, or when a value cannot be of its unit. Which panels may be empty say the definitions.
"""
import json
import os
import re
import sys
import time
import urllib.parse
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATABASE = "energy"
STEP_S = 60
# What a value of a unit can be, in a site of a few kilowatts on a test machine.
PLAUSIBLE = {
    "watt": (0, 100e3), "kwatth": (0, 100), "masskg": (0, 100), "percentunit": (0, 8), "volt": (10, 500), "amp": (0, 500), "rothz": (45, 65),
    "celsius": (-20, 90), "litre": (0, 10000), "decbytes": (0, 1e12), "s": (0, 86400), "µs": (1, 60e6), "suffix:g/kWh": (1, 1500),
    "suffix:Wh/GB": (1e-6, 1e9), "suffix:g/GB": (1e-6, 1e9), "suffix:nJ/bit": (1e-6, 1e12), "short": (-1, 1e6), "rps": (0, 1e4),
    "ops": (0, 1e6), "suffix:points/s": (0, 1e6),
}


def get(url, **query):
    try:
        with urllib.request.urlopen(url + "?" + urllib.parse.urlencode(query, doseq=True), timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return {"error": error.read().decode(errors="replace")}


class Store:
    def __init__(self, kind, url, to_s):
        self.kind, self.url, self.to_s = kind, url, to_s

    def fill(self, text, from_s, step_s=STEP_S):
        """What Grafana puts in for its variables, all values being chosen."""
        span_s = self.to_s - from_s
        for name, value in (("$timeFilter", f"time >= {from_s}s and time <= {self.to_s}s"), ("${__range_s}", str(span_s)),
                            ("$__interval", f"{step_s}s")):
            text = text.replace(name, value)
        text = re.sub(r"\$\{(site|rack|device|host):regex\}|\$(site|rack|device|host)\b", ".*", text)
        if re.search(r"\$[\w{]", text):
            raise ValueError(f"a variable is left: {text}")
        return text

    def influxql(self, text, from_s, step_s=STEP_S):
        answer = get(self.url + "/query", db=DATABASE, epoch="ms", q=self.fill(text, from_s, step_s))
        problem = answer.get("error") or answer["results"][0].get("error")
        if problem:
            return problem, []
        values = []
        for series in answer["results"][0].get("series", []):
            columns = [i for i, name in enumerate(series["columns"]) if name not in ("time", "key")]
            values += [row[i] for row in series["values"] for i in columns if row[i] is not None]
        return None, values

    def promql(self, text, from_s, step_s, is_instant):
        expression = self.fill(text, from_s, step_s)
        if is_instant:
            answer = get(self.url + "/api/v1/query", query=expression, time=self.to_s)
        else:
            start = from_s - from_s % step_s + step_s
            answer = get(self.url + "/api/v1/query_range", query=expression, start=start, end=self.to_s, step=step_s)
        if answer.get("status") != "success":
            return str(answer), []
        values = []
        for series in answer["data"]["result"]:
            values += [float(value) for _, value in series.get("values", [series.get("value")])]
        return None, values

    def ask(self, target, from_s, step_s=STEP_S):
        if self.kind == "influxql":
            problem, values = self.influxql(target["query"], from_s, step_s)
            return problem, [value for value in values if not isinstance(value, str)]  # a table's tags are columns too
        return self.promql(target["expr"], from_s, step_s, target.get("instant", False))

    def values_of(self, variable):
        """The choices of a variable."""
        if self.kind == "influxql":
            return self.influxql(variable["query"], 0)
        metric, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
        answer = get(f"{self.url}/api/v1/label/{label}/values", **{"match[]": self.fill(metric, 0), "start": self.to_s - 86400})
        return (None, answer["data"]) if answer.get("status") == "success" else (str(answer), [])


def units(panel):
    """The unit of each question."""
    if panel["type"] == "table":
        return [override["properties"][0]["value"] for override in panel["fieldConfig"]["overrides"]]
    return [panel["fieldConfig"]["defaults"]["unit"]] * len(panel["targets"])


def is_plausible(unit, values):
    low, high = PLAUSIBLE[unit]
    return all(low <= value <= high for value in values)


def check(store, dashboard, may_be_empty):
    """The questions of one dashboard; the number of those that fail."""
    failed = 0
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            problem, values = store.values_of(variable)
            failed += report(dashboard, "variable", variable["name"], "", problem or (None if values else "no value"), [])
    for mark in dashboard["annotations"]["list"][1:]:
        problem, values = store.ask(mark.get("target", mark), store.to_s - 6 * 3600)
        failed += report(dashboard, "annotation", mark["name"], "", problem, [])
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            continue
        from_s = store.to_s - store.to_s % 86400 if "timeFrom" in panel else store.to_s - 3600
        step_s = max(STEP_S, 60 * int(re.sub(r"\D", "", panel.get("interval", "")) or 1))
        for target, unit in zip(panel["targets"], units(panel)):
            problem, values = store.ask(target, from_s, step_s)
            if problem is None and not values and panel["title"] not in may_be_empty:
                problem = "no data"
            if problem is None and not is_plausible(unit, values):
                problem = f"not plausible: {min(values)} .. {max(values)}"
            failed += report(dashboard, panel["title"], target["refId"], unit, problem, values)
    return failed


def check_alerts(store, file_name, rules_of):
    """The questions of alert rules: a store has to take them; most have no answer where all is well."""
    with open(file_name, encoding="utf-8") as file:
        rules = json.load(file)["groups"][0]["rules"]
    failed = 0
    for rule in rules:
        name, target = rules_of(rule)
        problem, values = store.ask(target, store.to_s - 6 * 3600)
        failed += report({"uid": "alert"}, name, "", "", problem, values)
    return failed


def report(dashboard, panel, question, unit, problem, values):
    figures = [len(values), *(f"{figure:.6g}" for figure in (min(values), max(values), sum(values)))] if values else [0, "", "", ""]
    print("\t".join(str(cell) for cell in [dashboard["uid"], panel, question, unit, *figures, problem or "ok"]))
    return 1 if problem else 0


def main():
    kind, url, folder = sys.argv[1:4]
    store = Store(kind, url, int(sys.argv[4]) if len(sys.argv) > 4 else int(time.time()))
    failed = 0
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(ROOT, "packaging/grafana/definitions", name), encoding="utf-8") as file:
            may_be_empty = {panel["title"] for panel in json.load(file)["panels"] if panel.get("may_be_empty")}
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            failed += check(store, json.load(file), may_be_empty)
    alerts = os.path.join(folder, "..", "alerts")
    if kind == "influxql":
        failed += check_alerts(store, os.path.join(alerts, "grafana-influxql.yaml"), lambda rule: (rule["title"], rule["data"][0]["model"]))
    else:
        failed += check_alerts(store, os.path.join(alerts, "victoriametrics.yaml"), lambda rule: (rule["alert"], {"expr": rule["expr"], "instant": True}))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
