/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that comes from devices goes in as text (textContent), never as markup. */
'use strict';

const STATUS_MS = 2000, STATUS_MS_MANY = 5000, TODAY_MS = 10000, MANY = 500, ROWS_STEP = 100, TREND_POINTS = 60, TREND_SHARE = 0.1, OCTET_POINTS = 30, RATE_S = 10, NAMES = 8;
const STATES = {
  up: ['good', '●'], partial: ['warn', '◐'], starting: ['quiet', '○'], silent: ['bad', '✕'], refused: ['bad', '✕'], lying: ['bad', '✕'],
  unreadable: ['bad', '✕'], unknown: ['warn', '?'],
};
const ORDER = { bad: 0, warn: 1, quiet: 2, good: 3 };

const $ = id => document.getElementById(id);
const view = { rows: ROWS_STEP, filter: '', status: null, today: null, trend: new Map(), octets: new Map(), byKey: new Map(), own: null, answered: null };

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

/* Only what has changed is written: a page that stands still costs nothing. */
const setText = (node, text) => { if (node.textContent !== text) node.textContent = text; };

const isKnown = value => value !== null && value !== undefined && Number.isFinite(Number(value));

const digits = (value, count) => value.toLocaleString(undefined, { minimumFractionDigits: count, maximumFractionDigits: count });

function watts(value) {
  if (!isKnown(value)) return 'unknown';
  const w = Math.abs(Number(value)), v = Number(value);
  if (w >= 1e6) return digits(v / 1e6, 3) + ' MW';
  if (w >= 1e4) return digits(v / 1e3, 2) + ' kW';
  return digits(v, w >= 100 ? 0 : 1) + ' W';
}

function amount(value, unit) {
  if (!isKnown(value)) return 'n/a';
  const v = Number(value);
  return digits(v, v >= 100 ? 1 : 3) + ' ' + unit;
}

function bytes(value) {
  if (value < 1024) return value + ' B';
  if (value < 1 << 20) return digits(value / 1024, 1) + ' KiB';
  return digits(value / (1 << 20), 1) + ' MiB';
}

function span(seconds) {
  if (seconds < 120) return seconds + ' s';
  if (seconds < 7200) return Math.round(seconds / 60) + ' min';
  return digits(seconds / 3600, 1) + ' h';
}

function local(utc) {
  if (!utc) return '';
  const at = new Date(utc);
  return isNaN(at) ? utc : at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/* ---- Sites ---- */

function term(list, name, value) {
  list.append(element('dt', '', name), element('dd', '', value));
}

/* How long the site's day has lasted, of which a part is covered: little on the day on which an agent is first started. */
function sinceStart(day) {
  return span(Math.max(0, Math.round((Date.parse(view.status.utc) - Date.parse(day.start_utc)) / 1000)));
}

function drawSites() {
  const today = new Map((view.today ? view.today.sites : []).map(site => [site.site, site]));
  $('sites').replaceChildren(...view.status.sites.map(site => {
    const card = element('article', 'card'), list = element('dl'), day = today.get(site.site) || {};
    card.append(element('h3', '', site.name || site.site), element('p', 'now', watts(site.power_w)));
    if (site.unknown > 0)
      card.append(element('p', 'quiet', site.unknown + ' of ' + (site.metered + site.unknown) + ' totals unknown, so is the sum: ' + site.power_reason +
        (site.metered > 0 ? '. Of the other ' + site.metered + ': ' + watts(site.known_power_w) : '')));
    term(list, 'energy today', amount(day.energy_kwh, 'kWh'));
    term(list, 'emissions today', amount(day.location_kg, 'kg CO₂e'));
    if (isKnown(day.hourly_kg)) term(list, 'with hourly factors', amount(day.hourly_kg, 'kg CO₂e'));
    if (isKnown(day.direct_kg)) term(list, 'of own fuel today', amount(day.direct_kg, 'kg CO₂e'));
    term(list, 'grid intensity', isKnown(site.intensity_g_per_kwh) ? digits(site.intensity_g_per_kwh, 0) + ' g/kWh (' + site.zone + ')' : 'n/a');
    term(list, 'covered today', isKnown(day.coverage_pct) ? digits(Number(day.coverage_pct), 1) + ' % of ' + sinceStart(day) : 'n/a');
    if (day.devices > day.devices_metered) term(list, 'devices metered', day.devices_metered + ' of ' + day.devices);
    if (site.traffic && isKnown(site.traffic.wh_per_gb))
      term(list, 'energy of traffic', digits(site.traffic.wh_per_gb, 3) + ' Wh/GB');
    card.append(list);
    return card;
  }));
}

/* ---- Sources ---- */

const stateOf = source => STATES[source.state] || STATES.unknown;
const keyOf = source => source.site + '\n' + source.device;

function remember() {
  for (const source of view.status.sources) {
    const key = keyOf(source);
    let trend = view.trend.get(key);
    if (!trend) view.trend.set(key, trend = []);
    trend.push(isKnown(source.power_w) ? Number(source.power_w) : NaN);
    if (trend.length > TREND_POINTS) trend.shift();
    const octets = octetsOf(source);
    if (!octets) continue;
    if (!view.octets.has(key)) view.octets.set(key, []);
    const seen = view.octets.get(key);
    seen.push(octets);
    if (seen.length > OCTET_POINTS) seen.shift();
  }
}

/* Octets of a source's ports, without those of flows, which are among them; null: it has no port. */
function octetsOf(source) {
  const ports = (source.ports || []).filter(port => port.flow === 'all');
  const sum = key => ports.reduce((all, port) => all + (isKnown(port[key]) ? Number(port[key]) : 0), 0);
  return ports.length === 0 ? null : { at: Date.parse(view.status.utc), rx: sum('rx_bytes'), tx: sum('tx_bytes'),
    captured: ports.some(port => isKnown(port.captured_bytes)) ? sum('captured_bytes') : NaN, dropped: sum('dropped_packets') };
}

/* Rates of the last minute or so, what a capture saw of it, and what it had no room for, in words; not before RATE_S, since ports are read in turn. */
function traffic(source) {
  const seen = view.octets.get(keyOf(source)) || [], first = seen[0], last = seen[seen.length - 1];
  const seconds = first ? (last.at - first.at) / 1000 : 0;
  if (!(seconds >= RATE_S) || last.rx < first.rx || last.tx < first.tx) return '';
  const rate = octets => digits(8 * octets / seconds / 1e6, 2) + ' Mbit/s';
  const octets = last.rx - first.rx + last.tx - first.tx, captured = last.captured - first.captured;
  return ['in ' + rate(last.rx - first.rx), 'out ' + rate(last.tx - first.tx),
    octets > 0 && captured >= 0 ? 'captured ' + digits(100 * captured / octets, 1) + ' %' : '',
    last.dropped > 0 ? last.dropped + ' packets dropped' : ''].filter(Boolean).join(', ');
}

/* The newest at the right. The height is at least TREND_SHARE of the power, so that noise looks like noise. */
function trendPoints(trend) {
  const known = trend.filter(value => !isNaN(value));
  if (known.length < 2) return '';
  const low = Math.min(...known), high = Math.max(...known), range = Math.max(high - low, TREND_SHARE * high) || 1, first = TREND_POINTS - trend.length;
  return trend.map((value, i) => isNaN(value) ? null : ((first + i) * 100 / (TREND_POINTS - 1)).toFixed(1) + ',' +
    (10 - 18 * (value - (low + high) / 2) / range).toFixed(1)).filter(Boolean).join(' ');
}

function makeRow() {
  const row = element('tr'), svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const cell = { state: element('td', 'state'), name: element('td', 'name'), site: element('td', 'site wide'), power: element('td', 'number'),
    trend: element('td', 'trend wide'), today: element('td', 'number'), model: element('td', 'wide') };
  cell.glyph = element('span');
  cell.word = element('span', 'word');
  cell.state.append(cell.glyph, ' ', cell.word);
  cell.label = element('span', 'label');
  cell.sub = element('span', 'sub');
  cell.name.append(cell.label, cell.sub);
  cell.line = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
  svg.setAttribute('viewBox', '0 0 100 20');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(cell.line);
  cell.trend.append(svg);
  row.append(cell.state, cell.name, cell.site, cell.power, cell.trend, cell.today, cell.model);
  row.setAttribute('role', 'row'); /* which is lost where page.css lays it out as a grid */
  for (const one of row.cells) one.setAttribute('role', 'cell');
  row.cells_ = cell;
  return row;
}

/* The first rooms, batteries and tanks of a source, in words. */
function readings(source) {
  return (source.readings || []).slice(0, 3).map(one => [
    isKnown(one.temperature_c) ? digits(one.temperature_c, 1) + ' °C' : '',
    isKnown(one.humidity_ratio) ? digits(100 * one.humidity_ratio, 0) + ' % humid' : '',
    isKnown(one.soc_ratio) ? digits(100 * one.soc_ratio, 0) + ' % charged' : '',
    isKnown(one.level_l) ? digits(one.level_l, 1) + ' l' : '',
    isKnown(one.used_l) ? digits(one.used_l, 0) + ' l used' : '',
    isKnown(one.run_s) ? digits(one.run_s / 3600, 1) + ' h run' : ''].filter(Boolean).join(', ')).filter(Boolean).join('; ');
}

/* How much of what feeds a source it explains, in words. */
function explains(source) {
  const feeds = source.feeds;
  return feeds && isKnown(feeds.explained_pct) ? digits(feeds.explained_pct, 1) + ' % of ' + feeds.fed_by.split(',').join(' + ') : '';
}

function fillRow(row, source, today) {
  const cell = row.cells_, [kind, glyph] = stateOf(source), day = today.get(keyOf(source)) || {};
  const stateClass = 'state ' + kind;
  if (cell.state.className !== stateClass) cell.state.className = stateClass;
  setText(cell.glyph, glyph);
  setText(cell.word, source.state);
  if (cell.sub.dataset.state !== source.state) cell.sub.dataset.state = source.state;
  setText(cell.label, source.name || source.device);
  setText(cell.sub, [source.name && source.name !== source.device ? source.device : '', source.kind, explains(source), traffic(source),
    readings(source), source.reason].filter(Boolean).join(' · '));
  setText(cell.site, source.site);
  setText(cell.power, source.kind === 'traffic' ? '' : watts(source.power_w)); // it meters octets alone
  setText(cell.today, amount(day.energy_kwh, 'kWh'));
  setText(cell.model, [source.model, source.driver].filter(Boolean).join(' · '));
  const points = trendPoints(view.trend.get(keyOf(source)) || []);
  if (cell.line.getAttribute('points') !== points) cell.line.setAttribute('points', points);
}

function isShown(source) {
  if (!view.filter) return true;
  return [source.device, source.name, source.site, source.state, source.kind, source.model, source.driver, source.reason]
    .some(text => text && text.toLowerCase().includes(view.filter));
}

function drawSources() {
  const body = $('sources').tBodies[0], all = view.status.sources, shown = all.filter(isShown);
  const today = new Map((view.today ? view.today.devices : []).map(day => [day.site + '\n' + day.device, day]));
  const up = all.filter(source => source.state === 'up').length;
  shown.sort((a, b) => ORDER[stateOf(a)[0]] - ORDER[stateOf(b)[0]]); /* stable: else as they are configured */
  const visible = shown.slice(0, view.rows);
  while (body.rows.length < visible.length) body.append(makeRow());
  while (body.rows.length > visible.length) body.lastChild.remove();
  visible.forEach((source, i) => fillRow(body.rows[i], source, today));
  setText($('source-counts'), up + ' of ' + all.length + ' up' + (view.filter ? ', ' + shown.length + ' match' : ''));
  $('more').hidden = shown.length <= visible.length;
  setText($('more'), 'Show more (' + (shown.length - visible.length) + ')');
}

/* ---- The rest ---- */

function drawOutputs() {
  const list = [], ledger = view.status.ledger;
  for (const output of view.status.outputs) {
    const waits = output.waiting_points > 0 ?
      output.waiting_points + ' points wait (' + bytes(output.waiting_bytes) + ', oldest ' + span(output.oldest_s) + ')' : 'nothing waits';
    list.push(element('dt', '', output.name + ' (' + output.kind + ', send: ' + output.send + ')'));
    list.push(element('dd', '', [waits, output.sent_points + ' sent', output.parked_points > 0 ? output.parked_points + ' refused' : '',
      output.last_error].filter(Boolean).join('; ')));
  }
  if (!view.status.outputs.length) list.push(element('dt', '', 'outputs'), element('dd', '', 'none: the ledger alone keeps the figures'));
  list.push(element('dt', '', 'ledger'));
  list.push(element('dd', '', ledger.path + '; last commit ' + (local(ledger.last_commit_utc) || 'none yet') + '; slots of ' + ledger.slot_s / 60 + ' min'));
  $('outputs').replaceChildren(...list);
}

/* Others of a group of events by name, as many as a glance takes in. */
function alsoOf(devices, newest) {
  const also = [...devices].filter(device => device !== newest);
  return 'also ' + also.slice(0, NAMES).join(', ') + (also.length > NAMES ? ' and ' + (also.length - NAMES) + ' more' : '');
}

/* What came right after another of its kind stands with it; a warning names the devices. */
function drawEvents() {
  const groups = [];
  for (const event of view.today ? view.today.events.slice().reverse() : []) {
    let last = groups[groups.length - 1];
    if (!last || event.code !== last.event.code || event.level !== last.event.level) groups.push(last = { event, count: 0, devices: new Set() });
    last.count++;
    if (event.device) last.devices.add(event.device);
  }
  $('events').replaceChildren(...groups.map(({ event, count, devices }) => {
    const item = element('li', 'level-' + event.level), places = devices.size > 1 ? ' at ' + devices.size + ' devices' : '';
    item.append(element('span', 'quiet', local(event.utc) + ' · ' + event.level + ' · ' + event.code +
      (count > 1 ? ' · ' + count + ' times' + places + ', the newest:' : '')));
    item.append(element('div', '', [event.device, event.meter].filter(Boolean).join(' ') + (event.device ? ': ' : '') +
      (event.text || [event.before, event.after].filter(Boolean).join(' → '))));
    if (places && event.level !== 'info') item.append(element('div', 'quiet', alsoOf(devices, event.device)));
    return item;
  }));
  if (!groups.length) $('events').append(element('li', '', 'none'));
}

/* What the agent itself takes: as rates since this page was opened, where that is a while ago. */
function drawOwn() {
  const status = view.status, sum = key => status.processes.reduce((all, one) => all + (isKnown(one[key]) ? Number(one[key]) : 0), 0);
  const now = { at: Date.parse(status.utc), millij: Number(status.own.energy_millij), cpu: sum('cpu_us'), wakes: sum('wakes') };
  if (!view.own || now.millij < view.own.millij) view.own = now;
  const seconds = (now.at - view.own.at) / 1000, asked = status.processes.filter(one => one.polls > 0);
  const mean = asked.reduce((all, one) => all + one.latency_us * one.polls, 0) / sum('polls');
  setText($('own'), [seconds >= RATE_S ? 'takes ' + digits((now.millij - view.own.millij) / 1000 / seconds, 3) + ' W (estimated: ' +
    digits(status.own.busy_core_w, 0) + ' W for a busy core), ' + digits((now.cpu - view.own.cpu) / 1e4 / seconds, 2) + ' % of a core, ' +
    digits((now.wakes - view.own.wakes) / seconds, 1) + ' wakes/s' : '', bytes(sum('rss_bytes')) + ' of memory',
    sum('polls') + ' reads begun, ' + sum('missed') + ' missed, ' + sum('failed') + ' without an answer',
    asked.length ? 'mean answer ' + digits(mean / 1000, 1) + ' ms' : ''].filter(Boolean).join('; '));
}

function drawHead() {
  const status = view.status, verdict = $('verdict');
  const glyph = { ok: '✓', warning: '!', critical: '✕' }[status.verdict] || '?';
  verdict.className = status.verdict;
  setText(verdict, glyph + ' ' + status.verdict);
  document.title = (status.verdict === 'ok' ? '' : glyph + ' ') + 'wattledger';
  $('reasons').replaceChildren(...status.reasons.map(reason => element('li', '', reason)));
  setText($('clock'), local(status.utc) + (status.clock.trusted ? '' : ' (clock not trusted yet)'));
  setText($('agent'), 'wattledger ' + status.version + ': ' + status.processes.map(one =>
    one.name + ' ' + bytes(one.rss_bytes) + ', ' + digits(one.cpu_us / 1e6, 1) + ' s CPU').join('; '));
  drawOwn();
}

function draw() {
  if (!view.status) return;
  drawHead();
  drawSites();
  drawSources();
  drawOutputs();
}

function showLost(why) {
  const lost = $('lost');
  lost.hidden = !why;
  document.body.classList.toggle('old', Boolean(why));
  if (!why) return;
  $('verdict').className = 'lost';
  setText($('verdict'), '✕ no answer');
  setText(lost, why + (view.answered ? '. What is shown is of ' + view.answered.toLocaleTimeString() + '.' : '.'));
}

async function get(path) {
  const answer = await fetch(path, { cache: 'no-store' });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error || 'HTTP ' + answer.status);
  return body;
}

async function pollStatus() {
  let pause = STATUS_MS;
  if (!document.hidden) {
    try {
      view.status = await get('api/status');
      view.answered = new Date();
      showLost('');
      remember();
      draw();
    } catch (error) {
      showLost('The agent does not answer: ' + error.message);
    }
    if (view.status && view.status.sources.length > MANY) pause = STATUS_MS_MANY;
  }
  setTimeout(pollStatus, pause);
}

async function pollToday() {
  if (!document.hidden) {
    try {
      view.today = await get('api/today');
      drawEvents();
      draw();
    } catch (error) {
      /* No ledger yet, or none that can be read: the live part tells what is wrong with the agent. */
      $('events').replaceChildren(element('li', '', 'The ledger cannot be read: ' + error.message));
    }
  }
  setTimeout(pollToday, TODAY_MS);
}

$('filter').addEventListener('input', event => {
  view.filter = event.target.value.trim().toLowerCase();
  view.rows = ROWS_STEP;
  draw();
});
$('more').addEventListener('click', () => {
  view.rows += ROWS_STEP;
  draw();
});
pollStatus();
pollToday();
