import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { client, createBatch, line, observedClient, readLines, sha256, upload, waitForBatch } from '../sluice.mjs';

const count = 3000;
const message = (i) => `@sim hash first_ms=50 #${i}`;
const file = await upload([...Array(count).keys()].map((i) => line(`${i}`, message(i))));
const created = await createBatch(file.id);
await waitForBatch(created.id, (b) => b.request_counts.completed > 0);

const cancelling = await client.batches.cancel(created.id);
assert.equal(cancelling.status, 'cancelling');
assert.equal(cancelling.cancelled_at, null);
assert.ok(cancelling.cancelling_at >= created.created_at);

const ended = await waitForBatch(created.id);
assert.equal(ended.status, 'cancelled');
assert.ok(ended.cancelled_at >= ended.cancelling_at);
assert.equal(ended.completed_at, null);

const output = await readLines(ended.output_file_id);
const errors = await readLines(ended.error_file_id);
assert.equal(ended.request_counts.total, count);
assert.equal(ended.request_counts.completed, output.length);
assert.equal(ended.request_counts.failed, errors.length);
assert.ok(output.length > 0 && errors.length > 0, `${output.length} and ${errors.length} lines`);
assert.ok(output.every((o) => o.response.body.choices[0].message.content === sha256(message(o.custom_id))));
assert.ok(errors.every((e) => e.response === null && e.error.code === 'batch_cancelled'), JSON.stringify(errors[0]));
assert.equal(new Set([...output, ...errors].map((o) => o.custom_id)).size, count);

// After its end a cancel is refused for good, and the client is told not to repeat it.
const { calls, client: observed } = observedClient();
await assert.rejects(observed.batches.cancel(created.id), OpenAI.ConflictError);
assert.equal(calls.length, 1, JSON.stringify(calls));
