// pg-boss: one process inserts in bulk while others fetch and complete batches of 100. Its own work() waits half a
// second between two fetches, so the workers call fetch() and complete() themselves. A completed batch has one output
// for all of its jobs.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import PgBoss from 'pg-boss';
import { chunks, concurrency, jobs, processes, range, report, request, runs, server } from './settings.mjs';

const bulk = 1000;
const batchSize = 100;
const queue = (run) => `bench-${run}`;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const connect = async (background) => {
  const boss = new PgBoss({
    connectionString: server, max: Math.max(2, concurrency), supervise: background, schedule: false,
  });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  return boss;
};

const work = async () => {
  const boss = await connect(false);
  let [run, done] = [0, 0];
  process.on('message', (next) => { run = next; });
  setInterval(() => process.send(done), 10);
  const loop = async () => {
    for (;;) {
      const name = queue(run);
      const batch = await boss.fetch(name, { batchSize });
      if (batch.length === 0) {
        await pause(10);
        continue;
      }

      const results = batch.map((job) => job.data.body.messages[0].content);
      await boss.complete(name, batch.map((job) => job.id), { results });
      done += batch.length;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
};

const drive = async () => {
  const boss = await connect(true);
  await boss.createQueue(queue(0));
  const counts = Array(processes).fill(0);
  const workers = counts.map((_, i) =>
    fork(fileURLToPath(import.meta.url), process.argv.slice(2), { env: { ...process.env, WORKER: '1' } })
      .on('message', (count) => { counts[i] = count; }));
  const total = () => counts.reduce((sum, count) => sum + count, 0);
  for (let run = 0; run <= runs; run++) {
    // A queue is a table of its own: each run has a new one.
    await boss.createQueue(queue(run));
    workers.forEach((worker) => worker.send(run));
    const start = performance.now();
    for (const chunk of chunks(bulk)) {
      await boss.insert(range(chunk).map((n) => ({ name: queue(run), data: request(n), retryLimit: 5 })));
    }

    const added = performance.now() - start;
    while (total() < jobs * (run + 1)) {
      await pause(5);
    }

    report(added, performance.now() - start);
  }

  workers.forEach((worker) => worker.kill());
  await boss.stop({ graceful: false });
};

await (process.env.WORKER ? work() : drive());
