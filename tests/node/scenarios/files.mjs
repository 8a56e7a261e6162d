import assert from 'node:assert/strict';
import OpenAI, { toFile } from 'openai';
import { client, line, upload } from '../sluice.mjs';

const lines = [line('a', '@sim hash a'), line('b', '@sim hash ü')];
const bytes = Buffer.from(lines.join('\n') + '\n');

const file = await upload(lines, 'ünï code.jsonl');
assert.match(file.id, /^file-/);
assert.equal(file.object, 'file');
assert.equal(file.bytes, bytes.length);
assert.equal(file.filename, 'ünï code.jsonl');
assert.equal(file.purpose, 'batch');
assert.ok(['uploaded', 'processed'].includes(file.status), file.status);

assert.deepEqual(await client.files.retrieve(file.id), file);

const content = await client.files.content(file.id);
assert.deepEqual(Buffer.from(await content.arrayBuffer()), bytes);

// Lists go page by page, newest first unless asked otherwise.
const more = [await upload(lines), await upload(lines)];
const listed = [];
for await (const entry of client.files.list({ limit: 1, purpose: 'batch' })) {
  listed.push(entry.id);
  if (listed.length > 200) {
    break;
  }
}
const mine = [file.id, ...more.map((f) => f.id)];
assert.deepEqual(listed.filter((id) => mine.includes(id)), mine.toReversed());

const expiring = await client.files.create({
  file: await toFile(bytes, 'short-lived.jsonl'),
  purpose: 'batch',
  expires_after: { anchor: 'created_at', seconds: 3600 },
});
assert.equal(expiring.expires_at, expiring.created_at + 3600);

for (const id of [...mine, expiring.id]) {
  const deleted = await client.files.delete(id);
  assert.deepEqual([deleted.id, deleted.object, deleted.deleted], [id, 'file', true]);
}
await assert.rejects(client.files.retrieve(file.id), OpenAI.NotFoundError);
await assert.rejects(client.files.content(file.id), OpenAI.NotFoundError);
await assert.rejects(client.files.delete(file.id), OpenAI.NotFoundError);
