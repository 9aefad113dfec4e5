import { request } from '../api/client.js';
import { ApiError } from '../api/api-error.js';
import { eventStreamParser, type ServerSentEvent } from './parse-event-stream.js';

/** `live`: what happens is told; `waiting`: the stream broke off and is tried again; `off`: it may not be read. */
export type StreamState = 'connecting' | 'live' | 'waiting' | 'off';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * Reads the stream of changes until it is aborted. It is read by `fetch`, because an `EventSource` cannot carry the
 * token; so it also reconnects by itself, later after every failure.
 */
export async function readStream(
  signal: AbortSignal,
  onEvent: (event: ServerSentEvent) => void,
  onState: (state: StreamState) => void,
): Promise<void> {
  let waitMs = FIRST_WAIT_MS;
  onState('connecting');
  while (!signal.aborted) {
    try {
      const answer = await request('/stream', { signal, headers: { accept: 'text/event-stream' } });
      onState('live');
      waitMs = FIRST_WAIT_MS;
      await readAnswer(answer, onEvent);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) {
        onState('off');
        return;
      }
    }
    onState('waiting');
    await pause(waitMs * (0.8 + 0.4 * Math.random()), signal);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

async function readAnswer(answer: Response, onEvent: (event: ServerSentEvent) => void): Promise<void> {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  const parse = eventStreamParser();
  for (;;) {
    const piece = await reader?.read();
    if (!piece || piece.done) return;
    parse(piece.value).forEach(onEvent);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
