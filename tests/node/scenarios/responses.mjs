import assert from 'node:assert/strict';
import { client, model } from '../sluice.mjs';

const tokens = 30;
const text = [...Array(tokens).keys()].join(' ');
const input = `@sim count tokens=${tokens} delay_ms=2`;

// Whole.
const whole = await client.responses.create({ model, input, metadata: { a: 'b' }, instructions: 'Count.' });
assert.match(whole.id, /^resp_[0-9a-f]{32}$/);
assert.equal(whole.object, 'response');
assert.equal(whole.status, 'completed');
assert.equal(whole.output_text, text);
assert.equal(whole.model, model);
assert.deepEqual(whole.metadata, { a: 'b' });
assert.equal(whole.instructions, 'Count.');
assert.equal(whole.usage.output_tokens, tokens);
assert.equal(whole.usage.total_tokens, whole.usage.input_tokens + tokens);
assert.deepEqual(await client.responses.retrieve(whole.id), whole);

// Streamed, by the client's own helper, which checks the order of events.
const helper = client.responses.stream({ model, input });
const events = [];
helper.on('event', (event) => events.push(event));
const final = await helper.finalResponse();
assert.equal(final.output_text, text);
assert.deepEqual(events.map((e) => e.sequence_number), [...events.keys()], 'dense from 0');
assert.equal(events[0].type, 'response.created');
assert.equal(events.at(-1).type, 'response.completed');
assert.equal(events.filter((e) => e.type === 'response.output_text.delta').length, tokens);

// Retrieved as a stream: from any position, and by the helper that asks for everything.
for (const after of [0, 1, 7, events.length - 2]) {
  const rest = [];
  for await (const event of await client.responses.retrieve(final.id, { stream: true, starting_after: after })) {
    rest.push(event);
  }
  assert.deepEqual(rest.map((e) => e.sequence_number), [...events.keys()].slice(after + 1));
}
const again = await client.responses.stream({ response_id: final.id, starting_after: 5 }).finalResponse();
assert.equal(again.output_text, text);

// A conversation: the model is asked the last message only, the earlier ones count as input.
const next = await client.responses.create({ model, input, previous_response_id: whole.id });
assert.equal(next.output_text, text);
assert.equal(next.previous_response_id, whole.id);
assert.ok(next.usage.input_tokens > whole.usage.input_tokens);

// Cut short.
const short = await client.responses.create({ model, input, max_output_tokens: 5 });
assert.equal(short.status, 'incomplete');
assert.equal(short.incomplete_details.reason, 'max_output_tokens');
assert.equal(short.output_text, '0 1 2 3 4');

// Deleted.
await client.responses.delete(next.id);
await assert.rejects(client.responses.retrieve(next.id), { status: 404 });
await assert.rejects(client.responses.create({ model, input, previous_response_id: next.id }), { status: 404 });
