// Our own views of a batch: events that a reader comes back to, shards, results before the end, a diagnosis.
// And a schedule.
import assert from 'node:assert/strict';
import { createBatch, line, readLines, upload, waitForBatch } from '../sluice.mjs';

const authorization = `Bearer ${process.env.SLUICE_KEY ?? 'sk-dev'}`;
const call = (path, init = {}) => fetch(`${process.env.SLUICE_URL}${path}`, {
  ...init, headers: { authorization, 'content-type': 'application/json', ...init.headers } });

/** The events of a batch after one that is known; the connection is cut when the loop is left. */
async function* events(batch, last) {
  const cut = new AbortController();
  const response = await call(`/api/batches/${batch}/events`, {
    signal: cut.signal, headers: last ? { 'last-event-id': last } : {} });
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type'), /^text\/event-stream/);
  let event = {};
  let rest = '';
  try {
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const text of lines) {
        if (text === '') {
          if (event.data) yield { id: event.id, name: event.event, data: JSON.parse(event.data) };
          event = {};
        } else if (!text.startsWith(':')) {
          event[text.slice(0, text.indexOf(': '))] = text.slice(text.indexOf(': ') + 2);
        }
      }
    }
  } finally {
    cut.abort();
  }
}

// The last line keeps the batch from its end until its events have been read in the middle.
const count = 3000;
const wait = (i) => (i === count - 1 ? 3000 : 30);
const file = await upload([...Array(count).keys()].map((i) => line(`${i}`, `@sim hash first_ms=${wait(i)} #${i}`)));
const batch = await createBatch(file.id);
const done = (event) => event.data.request_counts.completed;
const seen = [];
for await (const event of events(batch.id)) {
  seen.push(event);
  if (done(event) > 0) break;
}

// Before the end: the shards, what is answered so far, and that nothing is wrong.
const shards = await (await call(`/api/batches/${batch.id}/shards?limit=1000`)).json();
assert.equal(shards.data.reduce((sum, shard) => sum + shard.lines, 0), count);
const diagnosis = await (await call(`/api/batches/${batch.id}/diagnosis`)).json();
const { findings } = diagnosis;
assert.ok(findings.length > 0 && findings.every((f) => f.code && f.advice), JSON.stringify(diagnosis));

const results = [];
let after = '';
async function more() {
  const answer = await call(`/api/batches/${batch.id}/results?kind=output${after && `&after=${after}`}`);
  assert.equal(answer.status, 200);
  after = answer.headers.get('sluice-next');
  const lines = (await answer.text()).split('\n').filter((text) => text);
  results.push(...lines.map((text) => JSON.parse(text)));
  return lines.length;
}
while (await more());

for await (const event of events(batch.id, seen.at(-1).id)) seen.push(event);
assert.equal(seen.at(-1).name, 'batch.completed');
assert.equal(done(seen.at(-1)), count);
for (const [before, next] of seen.slice(1).map((event, i) => [seen[i], event])) {
  assert.ok(before.id < next.id, `${before.id} before ${next.id}`);
  assert.ok(done(before) <= done(next));
  assert.notDeepEqual(before.data, next.data);
}
const over = await call(`/api/batches/${batch.id}/events`, { headers: { 'last-event-id': seen.at(-1).id } });
assert.equal(over.status, 204);

while (await more());
const ended = await waitForBatch(batch.id);
const byId = (a, b) => a.custom_id - b.custom_id;
assert.deepEqual(results.sort(byId), (await readLines(ended.output_file_id)).sort(byId));

// A schedule of the same file.
const body = { cron: '30 2 * * 1', time_zone: 'Europe/Berlin', misfire_policy: 'run_once',
  input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' };
const created = await call('/api/schedules', { method: 'POST', body: JSON.stringify(body) });
assert.equal(created.status, 200);
const schedule = await created.json();
assert.equal(schedule.next_fire_times.length, 5);
assert.ok(schedule.next_fire_times.every((t) => new Date(t * 1000).getUTCMinutes() === 30));
const never = await call('/api/schedules', { method: 'POST', body: JSON.stringify({ ...body, cron: '0 0 31 2 *' }) });
assert.equal(never.status, 400);
assert.equal(never.headers.get('content-type'), 'application/problem+json');
assert.equal((await never.json()).code, 'cron_never_fires');
assert.ok((await (await call('/api/schedules')).json()).data.some((s) => s.id === schedule.id));
assert.equal((await call(`/api/schedules/${schedule.id}`, { method: 'DELETE' })).status, 200);
assert.equal((await call(`/api/schedules/${schedule.id}`)).status, 404);
