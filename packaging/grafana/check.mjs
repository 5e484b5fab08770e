// SPDX-License-Identifier: Apache-2.0
// check: units, Flux and SQL of the dashboards in the folder that is named (check-types calls it).
import fs from 'fs';
import path from 'path';
import { createRequire } from 'module';
import { is_valid_flux } from '@influxdata/flux-lsp-browser/flux-lsp-browser_bg.js';

const require = createRequire(import.meta.url);
const { getValueFormats } = require('@grafana/data');
const sql = require('@guanmingchiu/sqlparser-ts');

const folder = process.argv[2];
let failures = 0;
function expect(holds, where, what) {
	if (!holds) {
		failures++;
		console.log(`${where}: ${what}`);
	}
}

globalThis.navigator ??= { language: 'en', languages: ['en'] }; // which @grafana/data takes for granted
const units = new Set(getValueFormats().flatMap((group) => group.submenu.map((unit) => unit.value)));
const isUnit = (unit) => units.has(unit) || unit.startsWith('suffix:');

// What Grafana puts in before a store sees it.
const filled = (text) =>
	text.replace(/\$\{\w+:regex\}/g, '.*')
		.replace(/\$__timeFilter\(time\)/g, "time >= '2026-01-01T00:00:00Z' AND time <= '2026-01-02T00:00:00Z'")
		.replace(/\$__dateBin\(time\)/g, "date_bin(interval '60 second', time, timestamp '1970-01-01T00:00:00Z')");
const frame = 'import "influxdata/influxdb/schema"\noption v = {defaultBucket: "energy", timeRangeStart: -1h, timeRangeStop: now(), windowPeriod: 1m}\n';

await sql.init();
function isSql(text) {
	try {
		return sql.parse(filled(text), 'generic').length === 1;
	} catch (error) {
		console.log(error.message);
		return false;
	}
}
const isFlux = (text) => is_valid_flux(frame + filled(text).replace('import "influxdata/influxdb/schema"\n', ''));

// The judges judge: what is wrong is refused.
expect(!isSql('SELECT sum( FROM x'), 'SQL', 'nothing is refused');
expect(!isFlux('from(bucket: "a") |> range(start: -1h) |> sum(colunm: "x")'), 'Flux', 'nothing is refused');

const counts = { units: 0, flux: 0, sql: 0 };
function checkQuery(store, where, text) {
	if (store === 'flux') {
		counts.flux++;
		expect(isFlux(text), where, `no valid Flux: ${filled(text)}`);
	}
	if (store === 'sql') {
		counts.sql++;
		expect(isSql(text), where, `no valid SQL: ${filled(text)}`);
	}
}
function checkPanel(store, name, panel) {
	if (panel.type === 'row')
		return;
	const where = `${store}/${name}, ${panel.title}`;
	const listed = [panel.fieldConfig.defaults.unit].concat(panel.fieldConfig.overrides.flatMap((o) => o.properties.map((p) => p.value)));
	for (const unit of panel.type === 'table' ? listed.slice(1) : listed) {
		counts.units++;
		expect(isUnit(unit), where, `'${unit}' is no unit of Grafana's`);
	}
	expect(panel.description.length > 0, where, 'nothing says what it shows');
	for (const target of panel.targets)
		checkQuery(store, where, target.query ?? target.rawSql ?? '');
}
for (const store of ['influxql', 'promql', 'flux', 'sql']) {
	for (const name of fs.readdirSync(path.join(folder, store))) {
		const dashboard = JSON.parse(fs.readFileSync(path.join(folder, store, name)));
		dashboard.panels.forEach((panel) => checkPanel(store, name, panel));
		for (const variable of dashboard.templating.list.filter((v) => v.type === 'query'))
			checkQuery(store, `${store}/${name}, variable ${variable.name}`, variable.query.rawSql ?? variable.query);
	}
}
console.log(`${counts.units} units, ${counts.flux} questions in Flux and ${counts.sql} in SQL: ${failures} failures`);
process.exit(failures === 0 && counts.sql > 0 ? 0 : 1);
