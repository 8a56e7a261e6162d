import assert from 'node:assert/strict';
import { model, observedClient, sha256, user } from '../sluice.mjs';

// The model refuses the first call, at each instance; the client obeys Retry-After and succeeds. Times are per message:
// make it unique.
for (const status of [429, 500]) {
  const { calls, client } = observedClient();
  const message = `@sim hash status=${status} times=1 #${Date.now()}`;

  const answer = await client.chat.completions.create({ model, messages: user(message) });

  assert.equal(answer.choices[0].message.content, sha256(message));
  assert.ok(calls.length <= 3, JSON.stringify(calls));
  assert.equal(calls.at(-1).status, 200);
}
