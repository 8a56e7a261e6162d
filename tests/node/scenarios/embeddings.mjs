// The client asks for base64 by itself and decodes it; an explicit format comes as it is.
import assert from 'node:assert/strict';
import { APIError } from 'openai';
import { client, model, readLines, upload, waitForBatch } from '../sluice.mjs';

const input = ['A river.', 'A lake.'];
const decoded = await client.embeddings.create({ model, input, dimensions: 64 });
const plain = await client.embeddings.create({ model, input, dimensions: 64, encoding_format: 'float' });
const encoded = await client.embeddings.create({ model, input, dimensions: 64, encoding_format: 'base64' });
assert.equal(decoded.object, 'list');
assert.equal(decoded.model, model);
assert.ok(decoded.usage.total_tokens > 0);
assert.deepEqual(decoded.data.map((d) => d.index), [0, 1]);
for (const [i, { embedding }] of plain.data.entries()) {
  assert.equal(embedding.length, 64);
  assert.ok(Math.abs(embedding.reduce((sum, x) => sum + x * x, 0) - 1) < 1e-4);
  assert.deepEqual(decoded.data[i].embedding.map(Math.fround), embedding.map(Math.fround));
  assert.equal(typeof encoded.data[i].embedding, 'string');
}

const tokens = await client.embeddings.create({ model, input: [[1, 2], [3]], dimensions: 8 });
assert.equal(tokens.data.length, 2);
await assert.rejects(
  client.embeddings.create({ model, input: '' }),
  (e) => e instanceof APIError && e.status === 400 && e.param === 'input');

// The same in bulk, and whole responses.
const line = (id, url, body) => JSON.stringify({ custom_id: id, method: 'POST', url, body: { model, ...body } });
const run = async (endpoint, lines) => {
  const file = await upload(lines);
  const batch = await client.batches.create({ input_file_id: file.id, endpoint, completion_window: '24h' });
  const ended = await waitForBatch(batch.id);
  assert.equal(ended.status, 'completed', JSON.stringify(ended));
  return { ended, output: await readLines(ended.output_file_id) };
};

const embedded = await run('/v1/embeddings', [line('a', '/v1/embeddings', { input: input[0], dimensions: 64 })]);
assert.deepEqual(
  embedded.output[0].response.body.data[0].embedding.map(Math.fround), plain.data[0].embedding.map(Math.fround));
assert.ok(embedded.ended.usage.input_tokens > 0);

const responses = await run('/v1/responses', [line('r', '/v1/responses', { input: '@sim count tokens=3' })]);
const response = responses.output[0].response.body;
assert.match(response.id, /^resp_/);
assert.equal(response.object, 'response');
assert.equal(response.status, 'completed');
assert.equal(response.output[0].content[0].text, '0 1 2');
assert.equal(response.usage.output_tokens, 3);
assert.equal(responses.ended.usage.output_tokens, 3);
