import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { client, model, user } from '../sluice.mjs';

// The model's connection breaks after 5 of 20 tokens: what was read stays, and the end is an error, never a clean one.
const stream = await client.chat.completions.create({
  model,
  messages: user('@sim count tokens=20 delay_ms=1 fail_after=5'),
  stream: true,
});

let content = '';
let finished = null;
await assert.rejects(
  async () => {
    for await (const chunk of stream) {
      content += chunk.choices[0]?.delta.content ?? '';
      finished ??= chunk.choices[0]?.finish_reason ?? null;
    }
  },
  (error) => error instanceof OpenAI.APIError,
);

assert.deepEqual(content.trim().split(/\s+/).map(Number), [0, 1, 2, 3, 4]);
assert.equal(finished, null);
