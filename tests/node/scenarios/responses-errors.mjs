import assert from 'node:assert/strict';
import { model, newClient } from '../sluice.mjs';

const client = newClient({ maxRetries: 0 });
const unknown = 'resp_' + '0'.repeat(12) + '7' + '0'.repeat(3) + '8' + '0'.repeat(15);
const refused = (promise, status, param) => assert.rejects(promise, (error) => {
  assert.equal(error.status, status, error.message);
  assert.equal(error.param, param, error.message);
  return true;
});

await refused(client.responses.create({ model }), 400, 'input');
await refused(client.responses.create({ model, input: [{ role: 'user', content: [{ type: 'x' }] }] }), 400,
  'input[0].content[0].type');
await refused(client.responses.create({ model, input: 'a', tools: [{ type: 'web_search' }] }), 400, 'tools[0].type');
await refused(client.responses.create({ model, input: 'a', background: true, store: false }), 400, 'background');
await refused(client.responses.create({ model: 'none', input: 'a' }), 404, 'model');
await refused(client.responses.create({ model, input: 'a', previous_response_id: unknown }), 404,
  'previous_response_id');
for (const id of [unknown, 'resp_1', 'chatcmpl-' + '0'.repeat(32)]) {
  await refused(client.responses.retrieve(id), 404, 'id');
  await refused(client.responses.cancel(id), 404, 'id');
  await refused(client.responses.delete(id), 404, 'id');
}

// A provider's refusal before the first token keeps its status; a cut after it is an event that raises.
await assert.rejects(client.responses.create({ model, input: '@sim status=429 times=9' }), { status: 429 });
await assert.rejects(client.responses.create({ model, input: '@sim status=500 times=9', stream: true }),
  { status: 502 });
await assert.rejects(client.responses.create({ model, input: '@sim count tokens=9 fail_after=3' }), { status: 502 });
const stream = await client.responses.create({ model, input: '@sim count tokens=9 fail_after=3', stream: true });
const seen = [];
for await (const event of stream) {
  seen.push(event);
}
assert.equal(seen.at(-1).type, 'response.failed');
assert.equal(seen.at(-1).response.error.code, 'upstream_error');
const id = seen[0].response.id;
for (const position of ['-2', 'x', '99999']) {
  await refused(client.responses.retrieve(id, { stream: true, starting_after: position }), 400, 'starting_after');
}
const nothing = [];
for await (const event of await client.responses.retrieve(id, { stream: true, starting_after: seen.length - 1 })) {
  nothing.push(event);
}
assert.deepEqual(nothing, []);
