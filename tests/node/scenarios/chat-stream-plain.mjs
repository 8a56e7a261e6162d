import assert from 'node:assert/strict';
import { client, model, user } from '../sluice.mjs';

// Without stream_options there is no usage chunk, and the helper of the client puts the answer together.
const runner = client.chat.completions.stream({ model, messages: user('@sim count tokens=10') });
let usageChunks = 0;
runner.on('chunk', (chunk) => {
  usageChunks += chunk.choices.length === 0 ? 1 : 0;
});

const answer = await runner.finalChatCompletion();

assert.equal(usageChunks, 0);
assert.equal(answer.choices[0].finish_reason, 'stop');
assert.deepEqual(answer.choices[0].message.content.trim().split(/\s+/).map(Number), [...Array(10).keys()]);
