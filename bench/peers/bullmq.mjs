// BullMQ: one process adds in bulk while others work. A job returns its message, which Redis keeps with the job.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Queue, Worker } from 'bullmq';
import { chunks, concurrency, jobs, processes, range, report, request, runs, server } from './settings.mjs';

const connection = { url: server, maxRetriesPerRequest: null };
const kept = { removeOnComplete: false, removeOnFail: false, attempts: 5 };
const bulk = 1000;

const work = (name) => {
  let done = 0;
  const worker = new Worker(name, async (job) => job.data.body.messages[0].content, { connection, concurrency });
  worker.on('completed', () => done++);
  worker.on('error', (error) => console.error(error));
  setInterval(() => process.send(done), 10);
};

const drive = async () => {
  const counts = Array(processes).fill(0);
  const name = 'bench';
  const workers = counts.map((_, i) =>
    fork(fileURLToPath(import.meta.url), process.argv.slice(2), { env: { ...process.env, WORKER: name } })
      .on('message', (count) => { counts[i] = count; }));
  const queue = new Queue(name, { connection });
  const total = () => counts.reduce((sum, count) => sum + count, 0);
  for (let run = 0; run <= runs; run++) {
    const start = performance.now();
    for (const chunk of chunks(bulk)) {
      await queue.addBulk(range(chunk).map((n) => ({ name: 'line', data: request(n), opts: kept })));
    }

    const added = performance.now() - start;
    while (total() < jobs * (run + 1)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }

    report(added, performance.now() - start);
  }

  const stored = (await queue.getJobs(['completed'], 0, 0))[0];
  if ((await queue.getCompletedCount()) !== jobs * (runs + 1) || !stored.returnvalue) {
    throw new Error('Jobs are missing, or their results.');
  }

  workers.forEach((worker) => worker.kill());
  await queue.close();
};

await (process.env.WORKER ? work(process.env.WORKER) : drive());
