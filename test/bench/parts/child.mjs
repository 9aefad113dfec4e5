import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const LONGEST_END_MS = 5_000;

/**
 * Starts a module of the bench as a process of its own, spoken to by messages `{type, …}`. It ends with the scope, and
 * by itself when this process is gone.
 *
 * @param {URL} module
 */
export function startChild(scope, module, args = []) {
  const child = fork(fileURLToPath(module), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exit = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  scope.defer(async () => {
    // Without its parent it ends, and with it what it started.
    if (child.connected) child.disconnect();
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_END_MS);
    await exit;
    clearTimeout(timer);
  });
  return {
    pid: child.pid,
    send: (message) => child.send(message),
    /**
     * The next message of a type. To be called before what causes it.
     *
     * @param {() => string | Promise<string>} [orElse] what to say when none comes in time
     */
    next(type, timeoutMs, orElse = () => `no "${type}" within ${timeoutMs / 1000} s`) {
      const answer = new Promise((resolve, reject) => {
        const timer = setTimeout(async () => {
          finish();
          reject(new Error(`${module.pathname.split('/').at(-1)}: ${await orElse()}`));
        }, timeoutMs);
        const look = (message) => {
          if (message.type !== type && message.type !== 'failed') return;
          finish();
          if (message.type === type) resolve(message);
          else reject(new Error(message.reason));
        };
        const finish = () => {
          clearTimeout(timer);
          child.off('message', look);
        };
        child.on('message', look);
        void exit.then((code) => {
          finish();
          reject(new Error(`${module.pathname.split('/').at(-1)} ended with ${code}`));
        });
      });
      // Whoever waits for it gets the error; nobody waits when the cause itself failed.
      answer.catch(() => undefined);
      return answer;
    },
  };
}

/** For the other side: does what it is told and ends with its parent. */
export function serveParent(handlers) {
  process.on('disconnect', () => process.exit());
  process.on('message', async (message) => {
    try {
      await handlers[message.type](message);
    } catch (error) {
      process.send({ type: 'failed', reason: error.stack });
    }
  });
}
