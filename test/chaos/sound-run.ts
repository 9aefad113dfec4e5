import type { Accounts, JudgedWebhook, TakenRequest } from './judge.mjs';

export const REACH_MS = 2_000;
const CONCURRENCY = 2;
export const AT = 1_000_000;

/** A request that was accepted, unless told. */
export const request = (more: Partial<TakenRequest> = {}): TakenRequest => {
  const at = more.at ?? AT;
  return { at, endedAt: at, accepted: true, bodyHash: 'same', sender: '1.1', ...more };
};

/** Two entries created, the second changed, and an event published: all of it arrived where it was asked for. */
export function soundRun(): Accounts & { all: JudgedWebhook; ordered: JudgedWebhook } {
  const taken = (mark: string, type: string, entryId: number | null, at: number) => ({
    mark,
    type,
    entryId,
    requests: [request({ at })],
  });
  const create1 = () => taken('create-1', 'entry.create', 1, AT);
  const create2 = () => taken('create-2', 'entry.create', 2, AT);
  const update2 = () => taken('update-2', 'entry.update', 2, AT + 100);
  const published = () => taken('publish-1', 'chaos.happened', null, AT);
  const webhook = (name: string, events: string[], received: JudgedWebhook['received']) => ({
    name,
    events,
    isOrdered: name === 'ordered',
    received,
  });
  const all = webhook(
    'all',
    ['*'],
    new Map([
      ['e1', create1()],
      ['e2', create2()],
      ['e3', update2()],
      ['e4', published()],
    ]),
  );
  const ordered = webhook(
    'ordered',
    ['entry.*'],
    new Map([
      ['e1', create1()],
      ['e2', create2()],
      ['e3', update2()],
    ]),
  );
  const subset = webhook('subset', ['entry.update'], new Map([['e3', update2()]]));
  const change = (mark: string, type: string, entryId: number | null, sentAt: number) => ({
    mark,
    type,
    entryId,
    outcome: 'acknowledged' as const,
    sentAt,
    answeredAt: sentAt + 10,
  });
  return {
    all,
    ordered,
    webhooks: [all, ordered, subset],
    changes: [
      change('create-1', 'entry.create', 1, AT - 20),
      change('create-2', 'entry.create', 2, AT - 20),
      change('update-2', 'entry.update', 2, AT + 50),
      change('publish-1', 'chaos.happened', null, AT - 20),
      { mark: 'refused-1', type: 'entry.create', outcome: 'refused' },
      { mark: 'create-3', type: 'entry.create', outcome: 'unknown', status: 503 },
    ],
    misanswered: [],
    history: {
      events: [
        { id: 'e1', type: 'entry.create' },
        { id: 'e2', type: 'entry.create' },
        { id: 'e3', type: 'entry.update' },
        { id: 'e4', type: 'chaos.happened' },
      ],
      pending: [],
      failed: [],
      entries: [
        { id: 1, mark: 'create-1' },
        { id: 2, mark: 'update-2' },
      ],
    },
    blows: [],
    ownEnds: [],
    reachMs: REACH_MS,
    concurrency: CONCURRENCY,
  };
}
