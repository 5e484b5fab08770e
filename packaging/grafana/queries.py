# SPDX-License-Identifier: Apache-2.0
"""queries: one question of a panel, written for each store.

A question is a dict:
  of     "MEASUREMENT.FIELD" (agent/output/line.h)
  do     last        the newest value of each series (of the last `within`, default 10m), added up (`agg`: sum, mean, max)
         mean        the mean of each series in each interval of the graph, added up (`agg`)
         sum         all points of the time range, added up: slot points, whose sum is the truth
         bars        the same in each interval of the graph
         ratio       sum of `of` over sum of `per` (a field of the same measurement) in the time range
         ratio_bars  the same in each interval of the graph
         rate        how fast a running count grows a second, in each interval of the graph
  where  tags that have one of these values: {"in_total": "yes", "point": ["site_ac", "dc_bus"]}
  by     tags that make a line or a row each; none: one number
  mul, div   what the answer is multiplied with and divided by (SI into what people read)
  most, least  no more answers than this, the greatest (the least): of the time range in PromQL, of each interval else
  others     with `most`: what is left out makes one series more, so that a stack's height stays the sum (PromQL alone can)
Filters by the dashboard's variables are added by the caller: `variables`, those that are tags of the measurement.
"""

TAGS = {
    "meter": ["site", "rack", "tenant", "device", "meter", "role", "in_total", "point", "supply"],
    "device": ["site", "device", "meter"],
}
MEASUREMENTS = {
    "energy": TAGS["meter"],
    "slot": TAGS["meter"],
    "carbon": TAGS["meter"] + ["scope", "basis"],
    "site_total": ["site", "point"],
    "traffic": ["site", "device", "port", "ref", "flow"],
    "intensity": ["site"],
    "fuel": TAGS["device"],
    "battery": TAGS["device"],
    "environment": TAGS["device"],
    "state": TAGS["device"],
    "event": ["site", "device", "meter", "code", "level"],
    "wattledger": ["host", "site"],
}
WITHIN = "10m"
# What has a value for each interval of the graph.
SERIES = ("mean", "rate", "bars", "ratio_bars")
AGGREGATES = {"sum": "sum", "mean": "mean", "max": "max"}


def split(question):
    """The measurement and the field of a question."""
    measurement, field = question["of"].split(".")
    return measurement, field


def _values(value):
    return value if isinstance(value, list) else [value]


def limit(question):
    """How many answers there may be and whether they are the least; None: all."""
    if "most" in question:
        return question["most"], False
    return (question["least"], True) if "least" in question else None


def _scaled(text, question):
    """With factors that are no whole numbers: InfluxQL divides whole ones in a subquery into whole ones."""
    if "mul" in question:
        text += f" * {float(question['mul'])!r}"
    if "div" in question:
        text += f" / {float(question['div'])!r}"
    return text


# ---- InfluxQL -----------------------------------------------------------------------------------------------------------------------


def _influxql_filter(question, variables, time="$timeFilter"):
    parts = [time]
    parts += [f'"{tag}" =~ /^${{{tag}:regex}}$/' for tag in variables]
    for tag, value in question.get("where", {}).items():
        ways = [f"\"{tag}\" = '{one}'" for one in _values(value)]
        parts.append(ways[0] if len(ways) == 1 else "(" + " OR ".join(ways) + ")")
    return " AND ".join(parts)


def _influxql_group(question, *times):
    groups = list(times) + [f'"{tag}"' for tag in question.get("by", [])]
    return " GROUP BY " + ", ".join(groups) if groups else ""


def influxql(question, variables, name="value"):
    """With a limit, a table whose columns are time, the value and the tags: TOP gives no series."""
    few = limit(question)
    if few is None:
        return _influxql_all(question, variables, name)
    tags = ", ".join(f'"{tag}"' for tag in question["by"])
    over = f' WHERE $timeFilter{_influxql_group({}, "time($__interval)")}' if question["do"] in SERIES else ""
    return f'SELECT {"bottom" if few[1] else "top"}("v", {tags}, {few[0]}) AS "{name}" FROM ({_influxql_all(question, variables, "v")}){over}'


def _influxql_all(question, variables, name):
    measurement, field = split(question)
    do = question["do"]
    where = _influxql_filter(question, variables)
    time = ["time($__interval)"]
    if do in ("sum", "ratio", "bars", "ratio_bars"):
        # A factor that is no whole number: see _scaled.
        value = f'1.0 * sum("{field}") / sum("{question["per"]}")' if "per" in question else f'sum("{field}")'
        over = time if do.endswith("bars") else []
        fill = " fill(none)" if over else ""
        return f'SELECT {_scaled(value, question)} AS "{name}" FROM "{measurement}" WHERE {where}{_influxql_group(question, *over)}{fill}'
    outer = _scaled(f'{AGGREGATES[question.get("agg", "sum")]}("v")', question)
    if do == "last":
        recent = _influxql_filter(question, variables, f"time > now() - {question.get('within', WITHIN)}")
        inner = f'SELECT last("{field}") AS "v" FROM "{measurement}" WHERE {recent} GROUP BY *'
        return f'SELECT {outer} AS "{name}" FROM ({inner}){_influxql_group(question)}'
    if do == "rate":
        inner = f'non_negative_derivative(last("{field}"), 1s)'
    elif do == "mean":
        inner = f'mean("{field}")'
    else:
        raise ValueError(f"InfluxQL knows no '{do}'")
    inner = f'SELECT {inner} AS "v" FROM "{measurement}" WHERE {where} GROUP BY time($__interval), * fill(none)'
    return f'SELECT {outer} AS "{name}" FROM ({inner}) WHERE $timeFilter{_influxql_group(question, *time)} fill(none)'


# ---- PromQL, of points that were pushed: VictoriaMetrics names a field MEASUREMENT_FIELD --------------------------------------------


def _promql_series(measurement, field, question, variables):
    labels = [f'{tag}=~"${tag}"' for tag in variables]
    for tag, value in question.get("where", {}).items():
        ways = _values(value)
        labels.append(f'{tag}="{ways[0]}"' if len(ways) == 1 else f'{tag}=~"{"|".join(ways)}"')
    return f"{measurement}_{field}{{{','.join(labels)}}}"


def _promql_over(aggregate, question, inner):
    aggregate = {"mean": "avg"}.get(aggregate, aggregate)
    by = question.get("by", [])
    return f"{aggregate} by ({', '.join(by)}) ({inner})" if by else f"{aggregate}({inner})"


# What a range of seconds begins with belongs to it: a window of PromQL is open at its beginning, and the range is rounded to seconds.
_PROMQL_RANGE = "${__range_s}s999ms"


def promql(question, variables):
    measurement, field = split(question)
    do = question["do"]
    aggregate = question.get("agg", "sum")

    def series(of):
        return _promql_series(measurement, of, question, variables)

    def total(of, window, offset=""):
        return _promql_over("sum", question, f"sum_over_time({series(of)}[{window}]{offset})")

    if do in ("sum", "ratio", "bars", "ratio_bars"):
        # A bar stands at the end of its interval, and holds the slots that begin in it.
        window = ("$__interval", " offset 1ms") if do.endswith("bars") else (_PROMQL_RANGE,)
        value = total(field, *window)
        if "per" in question:
            value += " / " + total(question["per"], *window)
    elif do == "last":
        value = _promql_over(aggregate, question, f"last_over_time({series(field)}[{question.get('within', WITHIN)}])")
    elif do == "mean":
        value = _promql_over(aggregate, question, f"avg_over_time({series(field)}[$__interval])")
    elif do == "rate":
        value = _promql_over(aggregate, question, f"rate({series(field)}[$__interval])")
    else:
        raise ValueError(f"PromQL knows no '{do}'")
    return _promql_few(_scaled(value, question), question)


def _promql_few(value, question):
    """The ranks over a range and `others` are MetricsQL's."""
    few = limit(question)
    if few is None:
        return value
    rank = ("bottomk" if few[1] else "topk") + ("_avg" if question["do"] in SERIES else "")
    others = f', "{question["by"][0]}=others"' if question.get("others") and question["do"] in SERIES else ""
    return f"{rank}({few[0]}, {value}{others})"


# ---- Flux ---------------------------------------------------------------------------------------------------------------------------


def _flux_filter(measurement, fields, question, variables):
    wanted = " or ".join(f'r._field == "{field}"' for field in fields)
    parts = [f'r._measurement == "{measurement}"', f"({wanted})" if len(fields) > 1 else wanted]
    parts += [f"r.{tag} =~ /^${{{tag}:regex}}$/" for tag in variables]
    for tag, value in question.get("where", {}).items():
        ways = " or ".join(f'r.{tag} == "{one}"' for one in _values(value))
        parts.append(f"({ways})" if isinstance(value, list) else ways)
    return " and ".join(parts)


def _flux_list(names):
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def _flux_scale(value, question):
    number = "float(v: " + value + ")"
    for key, sign in (("mul", "*"), ("div", "/")):
        if key in question:
            number += f" {sign} {float(question[key])!r}"
    return number


def flux(question, variables, name="_value"):
    measurement, field = split(question)
    do = question["do"]
    by = question.get("by", [])
    aggregate = AGGREGATES[question.get("agg", "sum")]
    fields = [field] + ([question["per"]] if "per" in question else [])
    span = f"start: -{question.get('within', WITHIN)}" if do == "last" else "start: v.timeRangeStart, stop: v.timeRangeStop"
    lines = ["from(bucket: v.defaultBucket)", f"range({span})", f"filter(fn: (r) => {_flux_filter(measurement, fields, question, variables)})"]
    windows = "every: v.windowPeriod, createEmpty: false, timeSrc: \"_start\""
    if do in ("sum", "bars"):
        lines.append(f"group(columns: {_flux_list(by)})")
        lines.append("sum()" if do == "sum" else f"aggregateWindow(fn: sum, {windows})")
    elif do in ("ratio", "ratio_bars"):
        key = "_start" if do == "ratio" else "_time"
        lines.append(f"group(columns: {_flux_list(['_start', '_field'] + by if do == 'ratio' else ['_field'] + by)})")
        lines.append("sum()" if do == "ratio" else f"aggregateWindow(fn: sum, {windows})")
        lines.append(f"group(columns: {_flux_list(by)})")
        lines.append(f'pivot(rowKey: ["{key}"], columnKey: ["_field"], valueColumn: "_value")')
        lines.append(f'filter(fn: (r) => exists r.{fields[1]} and r.{fields[1]} != 0)')
    elif do == "last":
        lines += ["last()", f"group(columns: {_flux_list(by)})", f"{aggregate}()"]
    elif do in ("mean", "rate"):
        if do == "rate":
            lines.append("derivative(unit: 1s, nonNegative: true)")
        lines.append(f"aggregateWindow(fn: mean, {windows})")
        lines += [f"group(columns: {_flux_list(by + ['_time'])})", f"{aggregate}()", f"group(columns: {_flux_list(by)})"]
    else:
        raise ValueError(f"Flux knows no '{do}'")
    value = f"r.{fields[0]}" + (f") / float(v: r.{fields[1]}" if len(fields) > 1 else "") if do.startswith("ratio") else "r._value"
    lines.append(f'map(fn: (r) => ({{r with "{name}": {_flux_scale(value, question)}}}))')
    if do.startswith("ratio"):
        lines.append(f"drop(columns: {_flux_list(fields)})")
    elif name != "_value":
        lines.append('drop(columns: ["_value"])')
    few = limit(question)
    if few is not None:
        columns = _flux_list(["_time"] if do in SERIES else [])
        lines += [f"group(columns: {columns})", f'{"bottom" if few[1] else "top"}(n: {few[0]}, columns: ["{name}"])', f"group(columns: {_flux_list(by)})"]
        lines += ['sort(columns: ["_time"])'] if do in SERIES else []
    return "\n  |> ".join(lines)


# ---- SQL, of InfluxDB 3 -------------------------------------------------------------------------------------------------------------


def _sql_filter(question, variables, time="$__timeFilter(time)"):
    parts = [time]
    parts += [f"\"{tag}\" ~ '^${{{tag}:regex}}$'" for tag in variables]
    for tag, value in question.get("where", {}).items():
        listed = ", ".join(f"'{one}'" for one in _values(value))
        parts.append(f'"{tag}" IN ({listed})' if isinstance(value, list) else f'"{tag}" = {listed}')
    return " AND ".join(parts)


def _sql_select(columns, value, name, table, where, order):
    groups = f" GROUP BY {', '.join(str(i + 1) for i in range(len(columns)))}" if columns else ""
    selected = ", ".join(columns + [f'{value} AS "{name}"'])
    return f"SELECT {selected} FROM {table}{' WHERE ' + where if where else ''}{groups}{' ORDER BY 1' if order else ''}"


def sql(question, variables, name="value"):
    few = limit(question)
    answer = _sql_all(question, variables, name)
    if few is None:
        return answer
    order = f'ORDER BY "{name}" {"ASC" if few[1] else "DESC"} NULLS LAST'
    if question["do"] not in SERIES:
        return f"{answer} {order} LIMIT {few[0]}"
    ranked = f'SELECT *, row_number() OVER (PARTITION BY "time" {order}) AS "place" FROM ({answer}) AS valued'
    columns = ", ".join(f'"{column}"' for column in ["time", *question["by"], name])
    return f'SELECT {columns} FROM ({ranked}) AS ranked WHERE "place" <= {few[0]} ORDER BY 1'


def _sql_all(question, variables, name):
    measurement, field = split(question)
    do = question["do"]
    by = [f'"{tag}"' for tag in question.get("by", [])]
    where = _sql_filter(question, variables)
    binned = ['$__dateBin(time) AS "time"']

    def scaled(value):
        return _scaled(f"CAST({value} AS DOUBLE)", question)

    if do in ("sum", "ratio", "bars", "ratio_bars"):
        value = scaled(f'sum("{field}")')
        if "per" in question:
            value = scaled(f'sum("{field}")').replace(" AS DOUBLE)", f' AS DOUBLE) / NULLIF(sum("{question["per"]}"), 0)', 1)
        columns = (binned if do.endswith("bars") else []) + by
        return _sql_select(columns, value, name, f'"{measurement}"', where, do.endswith("bars"))
    aggregate = {"mean": "avg"}.get(question.get("agg", "sum"), question.get("agg", "sum"))
    series = [f'"{tag}"' for tag in MEASUREMENTS[measurement]]
    outer = scaled(f'{aggregate}("v")')
    if do == "last":
        amount, unit = question.get("within", WITHIN)[:-1], {"m": "minutes", "h": "hours"}[question.get("within", WITHIN)[-1]]
        recent = _sql_filter(question, variables, f"time > now() - INTERVAL '{amount} {unit}'")
        newest = f"selector_last(\"{field}\", time)['value']"
        inner = _sql_select(series, newest, "v", f'"{measurement}"', recent, False)
        return _sql_select(by, outer, name, f"({inner}) AS newest", "", False)
    if do == "mean":
        value = f'avg("{field}")'
    elif do == "rate":
        span = "NULLIF(date_part('epoch', max(time)) - date_part('epoch', min(time)), 0)"
        value = f'(max("{field}") - min("{field}")) / {span}'
    else:
        raise ValueError(f"SQL knows no '{do}'")
    inner = _sql_select(binned + series, value, "v", f'"{measurement}"', where, False)
    return _sql_select(['"time"'] + by, outer, name, f"({inner}) AS series", "", True)
