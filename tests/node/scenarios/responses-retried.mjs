import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { client, model, newClient } from '../sluice.mjs';

// The answers to the first two attempts are lost on their way; the client repeats by itself.
const counts = [];
const lossy = newClient({
  fetch: async (url, init) => {
    const answer = await fetch(url, init);
    counts.push(new Headers(init.headers).get('x-stainless-retry-count'));
    if (counts.length < 3) {
      await answer.text();
      throw new TypeError('connection lost');
    }
    return answer;
  },
});
const before = Date.now();
const request = { model, input: `@sim count tokens=3 ${before}`, background: true };
const made = await lossy.responses.create(request);
assert.deepEqual(counts, ['0', '1', '2']);

// The same body once more, as a request of its own, is another response.
const other = await client.responses.create(request);
assert.notEqual(other.id, made.id);

// With a key of one's own it is the same one, for a day; another body has to have another key.
const headers = { 'Idempotency-Key': `key-${before}` };
const first = await client.responses.create(request, { headers });
const again = await client.responses.create(request, { headers });
assert.deepEqual(again, first);
await assert.rejects(
  client.responses.create({ ...request, input: 'other' }, { headers }),
  (error) => error instanceof OpenAI.UnprocessableEntityError && error.code === 'idempotency_key_reused');
