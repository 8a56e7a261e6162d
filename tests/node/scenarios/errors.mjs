import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { client, model, newClient, user } from '../sluice.mjs';

async function refusal(call, type, status) {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof type, `${error}`);
    assert.equal(error.status, status);
    assert.ok(error.requestID, 'request id');
    assert.doesNotMatch(error.message, /\bat Sluice\.|Exception/);
    return error;
  }
  throw new Error(`nothing was refused; expected ${status}`);
}

const hello = { model, messages: user('hello') };

const wrongKey = await refusal(
  () => newClient({ apiKey: 'sk-wrong' }).chat.completions.create(hello), OpenAI.AuthenticationError, 401);
assert.equal(wrongKey.type, 'authentication_error');

const noModel = await refusal(
  () => client.chat.completions.create({ ...hello, model: 'nobody' }), OpenAI.NotFoundError, 404);
assert.equal(noModel.code, 'model_not_found');
assert.match(noModel.message, /nobody/);

const streamedNoModel = await refusal(
  () => client.chat.completions.create({ ...hello, model: 'nobody', stream: true }), OpenAI.NotFoundError, 404);
assert.equal(streamedNoModel.code, 'model_not_found');

const noMessages = await refusal(
  () => client.chat.completions.create({ model }), OpenAI.BadRequestError, 400);
assert.equal(noMessages.param, 'messages');
assert.equal(noMessages.type, 'invalid_request_error');

const noRoute = await refusal(() => client.get('/nowhere'), OpenAI.NotFoundError, 404);
assert.match(noRoute.message, /nowhere/);

await refusal(() => client.models.retrieve('nobody'), OpenAI.NotFoundError, 404);
await refusal(() => client.batches.retrieve('batch_00000000000000000000000000000000'), OpenAI.NotFoundError, 404);
await refusal(() => client.files.retrieve('file-00000000000000000000000000000000'), OpenAI.NotFoundError, 404);

const noFile = await refusal(
  () => client.batches.create({
    input_file_id: 'file-00000000000000000000000000000000',
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  }),
  OpenAI.NotFoundError,
  404,
);
assert.equal(noFile.param, 'input_file_id');
