// What the scenarios share: a client for the server under test, and small tools around it.
import { createHash } from 'node:crypto';
import OpenAI, { toFile } from 'openai';

export const model = 'sluice-sim';
export const baseURL = `${process.env.SLUICE_URL}/v1`;

// Each request goes to the next gateway: what was begun at one goes on at the other.
const gateways = (process.env.SLUICE_URLS ?? process.env.SLUICE_URL).split(',');
let turn = 0;

function fetchInTurn(url, init) {
  const gateway = gateways[turn++ % gateways.length];
  return fetch(url.replace(process.env.SLUICE_URL, gateway), init);
}

export const client = newClient();

export function newClient(options = {}) {
  return new OpenAI({
    baseURL, apiKey: process.env.SLUICE_KEY ?? 'sk-dev', timeout: 60_000, fetch: fetchInTurn, ...options,
  });
}

/** A client that notes method, path and status of every request it really sends. */
export function observedClient(options = {}) {
  const calls = [];
  const fetchAndNote = async (url, init) => {
    const call = { method: init?.method ?? 'GET', path: new URL(url).pathname, status: null };
    calls.push(call);
    const response = await fetchInTurn(url, init);
    call.status = response.status;
    return response;
  };
  return { calls, client: newClient({ fetch: fetchAndNote, ...options }) };
}

export const sha256 = (text) => createHash('sha256').update(text, 'utf8').digest('hex');

export const user = (content) => [{ role: 'user', content }];

/** A line of a batch input; the simulated model answers it with the hash of its message. */
export function line(customId, content, body = {}) {
  return JSON.stringify({
    custom_id: customId,
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model, messages: user(content), ...body },
  });
}

export async function upload(lines, filename = 'input.jsonl') {
  return client.files.create({ file: await toFile(Buffer.from(lines.join('\n') + '\n'), filename), purpose: 'batch' });
}

export function createBatch(inputFileId, extra = {}) {
  return client.batches.create({
    input_file_id: inputFileId,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
    ...extra,
  });
}

const ends = ['completed', 'failed', 'cancelled', 'expired'];

/** Polls until the predicate holds, by default until the batch ended; fails after a minute. */
export async function waitForBatch(id, holds = (batch) => ends.includes(batch.status)) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const batch = await client.batches.retrieve(id);
    if (holds(batch)) {
      return batch;
    }
    if (Date.now() > deadline) {
      throw new Error(`after a minute the batch is still ${JSON.stringify(batch)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The objects of a JSONL file; none for a file that a batch does not have. */
export async function readLines(fileId) {
  if (fileId === null) {
    return [];
  }
  const text = await (await client.files.content(fileId)).text();
  return text.split('\n').filter((l) => l.length > 0).map((l) => JSON.parse(l));
}
