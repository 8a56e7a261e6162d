import assert from 'node:assert/strict';
import { client, createBatch, line, readLines, sha256, upload, waitForBatch } from '../sluice.mjs';

const count = 3000;
const message = (i) => `@sim hash first_ms=1500 #${i}`;
const file = await upload([...Array(count).keys()].map((i) => line(`${i}`, message(i))));
const created = await createBatch(file.id);
assert.equal(created.expires_at, created.created_at + 24 * 3600);
assert.equal(created.expired_at, null);
await waitForBatch(created.id, (b) => b.request_counts.completed > 0);

// The deadline of a running batch is our own to change; what comes of it is the API's.
// Far enough for a slow machine to ask for a time to come, and too near for so many lines of 1.5 s.
const deadline = Math.ceil(Date.now() / 1000) + 2;
await client.patch(`${process.env.SLUICE_URL}/api/batches/${created.id}`, { body: { expires_at: deadline } });
const ended = await waitForBatch(created.id);

assert.equal(ended.status, 'expired', JSON.stringify(ended));
assert.equal(ended.expires_at, deadline);
assert.ok(ended.expired_at >= deadline, `${ended.expired_at}`);
for (const never of ['completed_at', 'failed_at', 'cancelling_at', 'cancelled_at']) {
  assert.equal(ended[never], null, never);
}

// What was done by then is kept, the rest is told apart.
const output = await readLines(ended.output_file_id);
const errors = await readLines(ended.error_file_id);
assert.deepEqual(ended.request_counts, { total: count, completed: output.length, failed: errors.length });
assert.ok(output.length > 0 && errors.length > 0, `${output.length} and ${errors.length} lines`);
assert.ok(output.every((o) => o.response.body.choices[0].message.content === sha256(message(o.custom_id))));
assert.ok(errors.every((e) => e.response === null && e.error.code === 'batch_expired'), JSON.stringify(errors[0]));
assert.equal(new Set([...output, ...errors].map((o) => o.custom_id)).size, count);
