# SPDX-License-Identifier: Apache-2.0
"""alerts: alerts.json as rules for vmalert (`pushed`) and Prometheus (`scraped`), and for Grafana on an InfluxDB of version 1 (`influxql`);
and the provisioning files. JSON is YAML, so all are written as JSON."""
import json
import os

GROUP = "wattledger"
# The data source that provisioning/datasources.yaml makes, which Grafana's own rules have to name.
INFLUX_UID = "wattledger-influxql"
DASHBOARDS = "/usr/share/wattledger/grafana"


def _rule(alert, kind):
    return {"alert": alert["name"], "expr": alert[kind], "for": alert["for"], "labels": {"severity": "warning"},
            "annotations": {"summary": alert["summary"], "description": alert["do"]}}


def _rules(alerts, kind):
    return {"groups": [{"name": GROUP, "rules": [_rule(alert, kind) for alert in alerts if kind in alert]}]}


def _grafana_rule(alert):
    limit = {"type": "lt", "params": [alert["below"]]} if "below" in alert else {"type": "gt", "params": [alert["above"]]}
    span = {"from": alert["range_s"], "to": 0}
    expression = {"type": "__expr__", "uid": "__expr__"}
    return {
        "uid": "wl-" + alert["name"].removeprefix("Wattledger").lower(), "title": alert["name"], "condition": "C", "for": alert["for"],
        "noDataState": "OK", "execErrState": "Error", "labels": {"severity": "warning"},
        "annotations": {"summary": alert["summary"], "description": alert["do"]},
        "data": [
            {"refId": "A", "datasourceUid": INFLUX_UID, "relativeTimeRange": span,
             "model": {"refId": "A", "query": alert["influxql"], "rawQuery": True, "resultFormat": "time_series", "intervalMs": 60000,
                       "maxDataPoints": 1000}},
            {"refId": "B", "datasourceUid": "__expr__", "relativeTimeRange": span,
             "model": {"refId": "B", "type": "reduce", "datasource": expression, "expression": "A", "reducer": "last"}},
            {"refId": "C", "datasourceUid": "__expr__", "relativeTimeRange": span,
             "model": {"refId": "C", "type": "threshold", "datasource": expression, "expression": "B", "conditions": [{"evaluator": limit}]}},
        ],
    }


def _datasources():
    url = "http://127.0.0.1"
    return {"apiVersion": 1, "datasources": [
        {"name": "wattledger InfluxDB", "uid": INFLUX_UID, "type": "influxdb", "access": "proxy", "url": url + ":8086",
         "jsonData": {"dbName": "energy", "httpMode": "GET"}},
        {"name": "wattledger VictoriaMetrics", "uid": "wattledger-promql", "type": "prometheus", "access": "proxy", "url": url + ":8428",
         "jsonData": {"httpMethod": "POST", "timeInterval": "1m"}},
    ]}


def _provider(store):
    return {"apiVersion": 1, "providers": [{"name": f"wattledger-{store}", "folder": "wattledger", "type": "file", "disableDeletion": False,
                                            "allowUiUpdates": True, "options": {"path": f"{DASHBOARDS}/{store}"}}]}


def files():
    """The files by their names below the folder that is written."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "alerts.json"), encoding="utf-8") as file:
        alerts = json.load(file)
    grafana = {"apiVersion": 1, "groups": [{"orgId": 1, "name": GROUP, "folder": "wattledger", "interval": "1m",
                                            "rules": [_grafana_rule(alert) for alert in alerts if "influxql" in alert]}]}
    out = {"alerts/victoriametrics.yaml": _rules(alerts, "pushed"), "alerts/prometheus.yaml": _rules(alerts, "scraped"),
           "alerts/grafana-influxql.yaml": grafana, "provisioning/datasources.yaml": _datasources()}
    for store in ("influxql", "promql", "flux", "sql"):
        out[f"provisioning/dashboards-{store}.yaml"] = _provider(store)
    return out
