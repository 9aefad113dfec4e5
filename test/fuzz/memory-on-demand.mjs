// Loaded into the process under test: tells its resident memory once nothing is left to be collected.
import { setTimeout as wait } from 'node:timers/promises';

const ROUNDS = 6;

process.on('message', async (message) => {
  if (message !== 'memory') return;
  let least = Infinity;
  // What a request let go of is found by one collection, what waited for that by the next.
  for (let round = 0; round < ROUNDS; round += 1) {
    globalThis.gc();
    await wait(100);
    least = Math.min(least, process.memoryUsage.rss());
  }
  process.send(least);
});
process.channel?.unref();
