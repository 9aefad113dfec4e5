import { startChild } from './child.mjs';

const ANSWER_MS = 10_000;

/**
 * A process of its own that takes requests and counts them. A path that begins with `/hang` is never answered and
 * never counted.
 */
export async function startReceiver(scope) {
  const child = startChild(scope, new URL('receiver-process.mjs', import.meta.url));
  const { port } = await child.next('listening', ANSWER_MS);

  const ask = async (message, answer) => {
    const answered = child.next(answer, ANSWER_MS);
    child.send(message);
    return answered;
  };
  const tell = () => ask({ type: 'tell' }, 'told');

  return {
    pid: child.pid,
    url: `http://127.0.0.1:${port}`,
    /** `{at, count, hung, connections, times: [mark, at, path][]}`: what came since the last `expect`. */
    tell,
    /**
     * Begins to count anew.
     *
     * @param {{count?: number, timed?: boolean}} options how many are to come; whether to note when each came, by the
     *   number behind `bench-` in its body
     * @returns two functions, each to be called before what causes the requests: `first` resolves with the arrival of
     *   the first, `all` with `{count, firstAt, lastAt}` when all have come
     */
    async expect({ count, timed = false } = {}) {
      await ask({ type: 'expect', count, timed }, 'expecting');
      return {
        first: (timeoutMs) => child.next('first', timeoutMs),
        all: (timeoutMs) =>
          child.next('reached', timeoutMs, async () => {
            const told = await tell();
            return `of ${count} requests ${told.count} arrived within ${timeoutMs / 1000} s`;
          }),
      };
    },
    /** From now on requests to these paths are taken and not answered, to all others they are. */
    hang: (paths) => ask({ type: 'hang', paths }, 'hanging'),
    /** Resolves when so many have come since the last `expect`. */
    async until(count, timeoutMs) {
      const reached = child.next('reached', timeoutMs, async () => {
        const told = await tell();
        return `of ${count} requests ${told.count} arrived within ${timeoutMs / 1000} s`;
      });
      child.send({ type: 'until', count });
      return reached;
    },
  };
}
