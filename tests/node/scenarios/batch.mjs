import assert from 'node:assert/strict';
import { client, createBatch, line, readLines, sha256, upload, waitForBatch } from '../sluice.mjs';

const count = 250;
const message = (i) => `@sim hash #${i}`;
const good = [...Array(count).keys()].map((i) => line(`ok-${i}`, message(i)));
const bad = [...Array(3).keys()].map((i) => line(`bad-${i}`, `@sim status=400 times=99 #${i}`));
const file = await upload([...good, ...bad]);

const created = await createBatch(file.id, { metadata: { suite: 'node' } });
assert.match(created.id, /^batch_/);
assert.equal(created.object, 'batch');
assert.equal(created.status, 'validating');
assert.equal(created.input_file_id, file.id);
assert.equal(created.endpoint, '/v1/chat/completions');
assert.equal(created.completion_window, '24h');
assert.deepEqual(created.metadata, { suite: 'node' });
assert.equal(created.output_file_id, null);
assert.equal(created.completed_at, null);

const ended = await waitForBatch(created.id);
assert.equal(ended.status, 'completed', JSON.stringify(ended));
assert.deepEqual(ended.request_counts, { total: count + 3, completed: count, failed: 3 });
for (const time of ['in_progress_at', 'finalizing_at', 'completed_at']) {
  assert.ok(ended[time] >= ended.created_at, `${time} ${ended[time]}`);
}
assert.equal(ended.failed_at, null);
assert.equal(ended.cancelled_at, null);

const output = await readLines(ended.output_file_id);
assert.deepEqual(
  output.map((o) => o.custom_id).toSorted(), [...Array(count).keys()].map((i) => `ok-${i}`).toSorted());
for (const entry of output) {
  const index = Number(entry.custom_id.slice(3));
  assert.match(entry.id, /^batch_req_/);
  assert.equal(entry.error, null);
  assert.equal(entry.response.status_code, 200);
  assert.ok(entry.response.request_id);
  assert.equal(entry.response.body.choices[0].message.content, sha256(message(index)));
}
assert.equal(new Set(output.map((o) => o.id)).size, count);

const sum = (member) => output.reduce((total, o) => total + o.response.body.usage[member], 0);
assert.ok(ended.usage.input_tokens > 0 && ended.usage.output_tokens > 0, JSON.stringify(ended.usage));
assert.deepEqual(ended.usage, {
  input_tokens: sum('prompt_tokens'),
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: sum('completion_tokens'),
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: sum('total_tokens'),
});

const errors = await readLines(ended.error_file_id);
assert.deepEqual(errors.map((e) => e.custom_id).toSorted(), ['bad-0', 'bad-1', 'bad-2']);
assert.ok(errors.every((e) => e.response.status_code === 400 && e.error === null), JSON.stringify(errors[0]));

const outputFile = await client.files.retrieve(ended.output_file_id);
assert.equal(outputFile.purpose, 'batch_output');
