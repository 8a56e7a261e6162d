import assert from 'node:assert/strict';
import { client, model, user } from '../sluice.mjs';

const tokens = 40;
const stream = await client.chat.completions.create({
  model,
  messages: user(`@sim count tokens=${tokens} delay_ms=25`),
  stream: true,
  stream_options: { include_usage: true },
});

const chunks = [];
for await (const chunk of stream) {
  chunks.push({ chunk, at: performance.now() });
}

const all = chunks.map((c) => c.chunk);
const content = all.flatMap((c) => c.choices).map((c) => c.delta.content ?? '').join('');
assert.deepEqual(content.trim().split(/\s+/).map(Number), [...Array(tokens).keys()]);

assert.equal(new Set(all.map((c) => c.id)).size, 1, 'one id');
assert.match(all[0].id, /^chatcmpl-/);
assert.equal(new Set(all.map((c) => c.created)).size, 1, 'one created');
assert.ok(all.every((c) => c.model === model && c.object === 'chat.completion.chunk'));
assert.equal(all[0].choices[0].delta.role, 'assistant');

const finished = all.filter((c) => c.choices.some((choice) => choice.finish_reason));
assert.equal(finished.length, 1);
assert.equal(finished[0].choices[0].finish_reason, 'stop');

const last = all.at(-1);
assert.deepEqual(last.choices, []);
assert.equal(last.usage.completion_tokens, tokens);
assert.ok(all.slice(0, -1).every((c) => c.usage === null), 'usage is null before the last chunk');

// Live, not all at the end: 40 tokens 25 ms apart take about a second.
const spread = chunks.at(-1).at - chunks[0].at;
assert.ok(spread > 100, `all chunks within ${spread} ms`);
