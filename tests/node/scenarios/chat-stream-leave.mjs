import assert from 'node:assert/strict';
import { client, model, user } from '../sluice.mjs';

const stream = await client.chat.completions.create({
  model,
  messages: user('@sim count tokens=100000 delay_ms=2'),
  stream: true,
});
let seen = 0;
for await (const chunk of stream) {
  seen += chunk.choices.length;
  if (seen === 10) {
    break;
  }
}
assert.equal(seen, 10);

// The server goes on serving this caller.
const answer = await client.chat.completions.create({ model, messages: user('@sim hash') });
assert.equal(answer.choices[0].finish_reason, 'stop');
