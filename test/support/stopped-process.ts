import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** The states of a process' threads, as `ps` writes them: `T` stands still. */
function threadStates(pid: number): string[] {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks))
    return [execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' }).trim()];
  // The name before the state stands in brackets and may have any sign in it.
  return readdirSync(tasks).map((task) =>
    readFileSync(`${tasks}/${task}/stat`, 'utf8').replace(/^.*\) /s, ''),
  );
}

/**
 * Stops a process with SIGSTOP and returns when all of its threads stand still: the signal is only asked for by
 * `kill`, and a thread that runs meanwhile can answer one statement more.
 */
export async function stopProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  while (!threadStates(pid).every((state) => state.startsWith('T'))) await wait(1);
}
