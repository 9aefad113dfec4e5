import { createContext, Script } from 'node:vm';

/** A context of its own, so that no global of the program is touched. Made at the first use: it takes a millisecond. */
let sandbox: { work: (() => void) | null } | null = null;
const script = new Script('work()');

/**
 * Runs synchronous work, and stops it when it passes the wall, whatever it is doing: a thread of Node's `vm` terminates
 * the running JavaScript, as it does when a worker thread is killed. Objects that the stopped work was changing may be left
 * half changed and are not to be used again.
 *
 * @param wallMs milliseconds
 * @returns false when the work was stopped
 * @throws what the work throws
 */
export function runWithin(wallMs: number, work: () => void): boolean {
  sandbox ??= createContext({ work: null }) as { work: (() => void) | null };
  const { stackTraceLimit } = Error;
  sandbox.work = work;
  try {
    script.runInContext(sandbox, { timeout: wallMs, displayErrors: false });
    return true;
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    // The work may have been stopped before it could put it back.
    Error.stackTraceLimit = stackTraceLimit;
    return false;
  } finally {
    sandbox.work = null;
  }
}
