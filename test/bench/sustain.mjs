import { startChild } from './parts/child.mjs';

export const WARM_UP_MS = 10_000;
const SLACK_MS = 60_000;

/**
 * Has entries or events made over REST in a closed loop, and measures how many requests reach the receiver while that
 * lasts.
 *
 * @param {object} program what is measured: `{baseUrl, token, connections, watch, kind, webhooks}`; `watch` begins to
 *   count the costs of the processes that it is given, and of its own; `kind`: what is made (`entry` unless told);
 *   `webhooks`: how many each reaches (1)
 */
export async function sustain(scope, bench, { baseUrl, token, connections, watch, kind, webhooks = 1 }) {
  const load = startChild(scope, new URL('parts/load-process.mjs', import.meta.url));
  const ms = bench.options.loadSeconds * 1000;
  await bench.receiver.expect();
  const warm = load.next('warm', WARM_UP_MS + SLACK_MS);
  const done = load.next('done', WARM_UP_MS + ms + SLACK_MS);
  load.send({ type: 'closed', kind, baseUrl, token, connections, warmUpMs: WARM_UP_MS, ms });
  const warmed = await warm;
  const stop = await watch({ receiver: [bench.receiver.pid], load: [load.pid] });
  const begin = await bench.receiver.tell();
  const { answers } = await done;
  const end = await bench.receiver.tell();
  const costs = await stop();

  await bench.receiver.until(answers * webhooks, SLACK_MS);
  const last = await bench.receiver.tell();
  const seconds = (end.at - begin.at) / 1000;
  const received = end.count - begin.count;
  return {
    value: received / seconds,
    answersPerSecond: (answers - warmed.answers) / seconds,
    behindAtTheEnd: answers * webhooks - end.count,
    caughtUpAfterMs: last.at - end.at,
    ...costs(received),
  };
}
