import assert from 'node:assert/strict';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { client, model } from '../sluice.mjs';

const count = (tokens, delay = 1) => `@sim count tokens=${tokens} delay_ms=${delay}`;
const text = (tokens) => [...Array(tokens).keys()].join(' ');
const ends = ['response.completed', 'response.incomplete', 'response.failed', 'error'];

const ws = new ResponsesWS(client);
const records = ws.stream();

/** The next events, until so many responses have ended; errors are events too. */
async function events(responses = 1) {
  const seen = [];
  for (;;) {
    const { value: record } = await records.next();
    assert.notEqual(record.type, 'close', JSON.stringify(record));
    const event = record.type === 'message' ? record.message : record.type === 'error' ? record.error.error : null;
    if (event && seen.at(-1) !== event) {
      seen.push(event);
      responses -= ends.includes(event.type) ? 1 : 0;
    }
    if (responses === 0) {
      return seen;
    }
  }
}

async function refused(message) {
  ws.send(message);
  const [error, ...more] = await events();
  assert.equal(error.type, 'error');
  assert.equal(error.message, error.error.message);
  assert.deepEqual(more, []);
  return error;
}

// Whole and in order, one event per message; the same by HTTP afterwards.
ws.send({ type: 'response.create', model, input: count(30) });
const first = await events();
assert.deepEqual(first.map((e) => e.sequence_number), [...first.keys()], 'dense from 0');
assert.equal(first[0].type, 'response.created');
const { response } = first.at(-1);
assert.match(response.id, /^resp_[0-9a-f]{32}$/);
assert.equal(first.filter((e) => e.type === 'response.output_text.delta').map((e) => e.delta).join(''), text(30));
assert.ok(first.every((e) => !('stream_id' in e)));
assert.equal((await client.responses.retrieve(response.id)).output_text, text(30));
const again = [];
for await (const event of await client.responses.retrieve(response.id, { stream: true, starting_after: 3 })) {
  again.push(event);
}
assert.deepEqual(again, first.slice(4));

// Two at once without lanes: one after the other.
ws.send({ type: 'response.create', model, input: count(5), previous_response_id: response.id });
ws.send({ type: 'response.create', model, input: count(6) });
const two = await events(2);
const [created, ended, createdNext, endedNext] = two.filter((e) => e.response && !/progress/.test(e.type));
assert.equal(created.response.previous_response_id, response.id);
assert.equal(ended.response.id, created.response.id);
assert.equal(endedNext.response.id, createdNext.response.id);
assert.equal(endedNext.response.usage.output_tokens, 6);

// Lanes run side by side: the short one, asked for later, ends first.
ws.send({ type: 'response.create', model, input: count(200, 5), stream_id: 'slow' });
ws.send({ type: 'response.create', model, input: count(3), stream_id: 'fast "ü"' });
const lanes = await events(2);
assert.deepEqual(lanes.filter((e) => e.type === 'response.completed').map((e) => e.stream_id), ['fast "ü"', 'slow']);
for (const [lane, tokens] of [['slow', 200], ['fast "ü"', 3]]) {
  const own = lanes.filter((e) => e.stream_id === lane);
  assert.deepEqual(own.map((e) => e.sequence_number), [...own.keys()]);
  assert.equal(own.filter((e) => e.delta).map((e) => e.delta).join(''), text(tokens));
}

// What is refused leaves the socket open.
const steer = await refused({ type: 'response.steer', previous_response_id: response.id, input: 'a' });
assert.equal(steer.code, 'steering_not_supported');
const unknown = await refused({ type: 'response.create', model: 'none', input: 'a', stream_id: 'x' });
assert.equal(unknown.status, 404);
assert.equal(unknown.code, 'model_not_found');
assert.equal(unknown.stream_id, 'x');
assert.equal((await refused({ type: 'response.create', model })).param, 'input');
assert.equal((await refused({ type: 'response.create', model, input: 'a', background: true })).param, 'background');
assert.equal((await refused({ type: 'response.create', model, input: '@sim status=429 times=9' })).status, 429);
ws.send({ type: 'response.create', model, input: '@sim count tokens=9 fail_after=3' });
assert.equal((await events()).at(-1).response.error.code, 'upstream_error');
ws.send({ type: 'response.create', model, input: count(4) });
assert.equal((await events()).at(-1).type, 'response.completed');

// A key is needed before the upgrade.
const stranger = new ResponsesWS(client.withOptions({ apiKey: 'sk-nobody' }));
const { value: record } = await (async () => {
  for await (const one of stranger.stream()) {
    if (one.type === 'error') {
      return { value: one };
    }
  }
})();
assert.match(record.error.message, /401/);

ws.close();
