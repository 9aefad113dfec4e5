import { usageOf } from './process-usage.mjs';

/**
 * Watches what is used from now on.
 *
 * @param {Record<string, (number | null)[]>} pids processes by name; one that is not on this machine is null
 * @param {{pid: number | null, counters(): Promise<object | null>}} [database]
 * @returns a function that ends it and gives another, which tells what that came to for each of so many: CPU in
 *   microseconds by name, and the database's counters
 */
export async function watchCosts(pids, database) {
  const watched = { ...pids, ...(database?.pid ? { database: [database.pid] } : {}) };
  const cpu = () => Object.fromEntries(Object.entries(watched).map(([name, ids]) => [name, cpuMsOf(ids)]));
  const counters = async () => (await database?.counters()) ?? null;

  const cpuBefore = cpu();
  const before = await counters();
  return async () => {
    const cpuAfter = cpu();
    const after = await counters();
    return (count) => ({
      cpuMicros: each(cpuBefore, cpuAfter, count, 1000),
      ...(before && after ? { statements: each(before, after, count) } : {}),
    });
  };
}

function cpuMsOf(pids) {
  return pids.reduce((sum, pid) => sum + (usageOf(pid)?.cpuMs ?? NaN), 0);
}

function each(before, after, count, scale = 1) {
  return Object.fromEntries(
    Object.entries(after).map(([name, total]) => [
      name,
      Number((((total - before[name]) * scale) / count).toFixed(3)),
    ]),
  );
}
