import assert from 'node:assert/strict';
import { client, model, sha256, user } from '../sluice.mjs';

const message = '@sim hash #chat-complete ünïcode 🙂';
const { data: answer, response } = await client.chat.completions
  .create({ model, messages: user(message), temperature: 0.5, user: 'someone' })
  .withResponse();

assert.equal(response.headers.get('content-type')?.split(';')[0], 'application/json');
assert.ok(response.headers.get('x-request-id'), 'x-request-id');
assert.match(answer.id, /^chatcmpl-/);
assert.equal(answer.object, 'chat.completion');
assert.equal(answer.model, model);
assert.ok(Math.abs(answer.created - Date.now() / 1000) < 120, `created ${answer.created}`);
assert.equal(answer.choices.length, 1);
assert.equal(answer.choices[0].index, 0);
assert.equal(answer.choices[0].message.role, 'assistant');
assert.equal(answer.choices[0].message.content, sha256(message));
assert.equal(answer.choices[0].finish_reason, 'stop');
assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);

const readable = await client.chat.completions.create({ model, messages: user('Tell me something.') });
assert.ok(readable.choices[0].message.content.length > 10, readable.choices[0].message.content);
