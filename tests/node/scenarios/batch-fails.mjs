import assert from 'node:assert/strict';
import { createBatch, line, upload, waitForBatch } from '../sluice.mjs';

const file = await upload([
  line('a', 'one'),
  line('a', 'the same id'),
  'this is not JSON',
  line('b', 'two').replace('/v1/chat/completions', '/v1/embeddings'),
  line('c', 'three', { stream: true }),
]);

const ended = await waitForBatch((await createBatch(file.id)).id);

assert.equal(ended.status, 'failed');
assert.ok(ended.failed_at >= ended.created_at);
assert.equal(ended.errors.object, 'list');
assert.deepEqual(ended.errors.data.map((e) => e.line).toSorted(), [2, 3, 4, 5]);
assert.ok(ended.errors.data.every((e) => e.code && e.message), JSON.stringify(ended.errors.data));
assert.equal(ended.output_file_id, null);
assert.equal(ended.error_file_id, null);
