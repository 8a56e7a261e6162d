import assert from 'node:assert/strict';
import { client, model } from '../sluice.mjs';

const tokens = 60;
const text = [...Array(tokens).keys()].join(' ');

async function ended(id) {
  for (;;) {
    const response = await client.responses.retrieve(id);
    if (!['queued', 'in_progress'].includes(response.status)) {
      return response;
    }
  }
}

// Nobody reads it, and it ends.
const queued = await client.responses.create({
  model, input: `@sim count tokens=${tokens} delay_ms=10`, background: true,
});
assert.ok(['queued', 'in_progress'].includes(queued.status));
assert.deepEqual(queued.output, []);
assert.equal((await ended(queued.id)).output_text, text);

// Streamed, left in the middle, rejoined at that position.
const seen = [];
const stream = await client.responses.create({
  model, input: `@sim count tokens=${tokens} delay_ms=10`, background: true, stream: true,
});
for await (const event of stream) {
  seen.push(event);
  if (seen.length === 20) {
    break;
  }
}
const id = seen[0].response.id;
for await (const event of await client.responses.retrieve(id, { stream: true, starting_after: 19 })) {
  seen.push(event);
}
assert.deepEqual(seen.map((e) => e.sequence_number), [...seen.keys()]);
assert.equal(seen.filter((e) => e.type === 'response.output_text.delta').map((e) => e.delta).join(''), text);
assert.equal(seen.at(-1).response.status, 'completed');

// Cancelled, twice, and once more after its end.
const long = await client.responses.create({
  model, input: '@sim count tokens=5000 delay_ms=20', background: true,
});
assert.equal((await client.responses.cancel(long.id)).status, 'cancelled');
assert.equal((await client.responses.cancel(long.id)).status, 'cancelled');
assert.equal((await client.responses.retrieve(long.id)).status, 'cancelled');
assert.equal((await client.responses.cancel(queued.id)).status, 'completed');

// One that fails in the background says why.
const failing = await client.responses.create({
  model, input: '@sim count tokens=20 fail_after=5', background: true,
});
const failed = await ended(failing.id);
assert.equal(failed.status, 'failed');
assert.equal(failed.error.code, 'upstream_error');
assert.equal(failed.output_text, '0 1 2 3 4');
