import { countDuplicates } from './duplicates.mjs';
import { judgeEntries } from './judge-entries.mjs';
import { outOfOrder } from './judge-order.mjs';

/** A start may fail for so long after the database is back, milliseconds: it had begun before. */
const START_MS = 15_000;

/**
 * Judges a run by what the producers, the receivers and the backend say of it. Pure: the same accounts, the same
 * judgement.
 *
 * @param accounts what is known at the end:
 * - `webhooks`: `{name, events: string[], isOrdered, received}`; `received` is a Map of event ids to
 *   `{mark, type, entryId, requests: [{at, endedAt, accepted, bodyHash, sender}]}`
 * - `changes`: `{mark, type, outcome, entryId, status, sentAt, answeredAt}` of the ledger; `misanswered`: what was
 *   answered well and must not be
 * - `history`: `{events: [{id, type}], pending, failed, entries: [{id, mark}]}`, as the backend tells it; `handedOff`: how
 *   many of the events were sent from memory, null where that is not known
 * - `blows`: `{kind, sender, from, to, settlesMs}`; `ownEnds`: lives of instances that nobody ended; `reachMs`, `concurrency`
 * @returns `{faults, figures, blows, passed}`: the faults by their name, each a list of what it was found in; the blows
 *   with how many duplicates came of each
 */
export function judge(accounts) {
  const { webhooks, changes, misanswered, history, blows, ownEnds } = accounts;
  const outcomes = new Map(changes.map((change) => [change.mark, change]));
  const duplicates = countDuplicates(webhooks, blows, accounts);
  const faults = {
    lost: lostChanges(webhooks, changes),
    undelivered: undeliveredEvents(webhooks, history.events),
    rolledBack: receivedUnrecorded(webhooks, history.events),
    refused: receivedWith(webhooks, ({ mark }) => outcomes.get(mark)?.outcome === 'refused'),
    unknownToAll: receivedWith(webhooks, ({ mark }) => !outcomes.has(mark)),
    misdirected: webhooks.flatMap((webhook) =>
      receivedWith([webhook], ({ type }) => !isSubscribed(webhook, type)),
    ),
    changedBody: changedBodies(webhooks),
    recordedTwice: recordedTwice(webhooks),
    stuck: history.pending,
    failed: history.failed,
    ...judgeEntries(webhooks, changes, history.entries),
    outOfOrder: outOfOrder(webhooks, changes),
    unexplainedDuplicate: duplicates.unexplained,
    misanswered,
    crashed: ownEnds.filter((life) => !isExcused(life, blows)),
  };
  const count = (outcome) => changes.filter((change) => change.outcome === outcome).length;
  const known = marksOf(webhooks);
  const happened = changes.filter(({ mark, outcome }) => outcome === 'unknown' && known.has(mark));
  return {
    faults,
    figures: {
      acknowledged: count('acknowledged'),
      unknown: count('unknown'),
      unknownThatHappened: happened.length,
      // Answered that nothing was changed.
      deniedThatHappened: happened.filter(({ status }) => status === 503).length,
      refused: count('refused'),
      events: history.events.length,
      handedOff: history.handedOff ?? null,
      duplicates: duplicates.duplicates,
      duplicatesAtMost: duplicates.atMost,
      mostAtOneBlow: duplicates.mostAtOneBlow,
      longestUnrecordedMs: duplicates.longestUnrecordedMs,
      failedStarts: ownEnds.length - faults.crashed.length,
    },
    blows: duplicates.blows,
    passed: Object.values(faults).every(({ length }) => length === 0),
  };
}

/** Accepted: answered 2xx at least once. */
function isAccepted({ requests }) {
  return requests.some(({ accepted }) => accepted);
}

function isSubscribed({ events }, type) {
  return events.some(
    (one) => one === '*' || one === type || (one.endsWith('.*') && type.startsWith(one.slice(0, -1))),
  );
}

function marksOf(webhooks) {
  return new Set(webhooks.flatMap(({ received }) => [...received.values()].map(({ mark }) => mark)));
}

/** Acknowledged, and not accepted by every webhook that subscribed to it. */
function lostChanges(webhooks, changes) {
  return webhooks.flatMap((webhook) => {
    const accepted = new Set(
      [...webhook.received.values()].filter(isAccepted).map(({ mark, type }) => `${type} ${mark}`),
    );
    return changes
      .filter(({ outcome, type }) => outcome === 'acknowledged' && isSubscribed(webhook, type))
      .filter(({ mark, type }) => !accepted.has(`${type} ${mark}`))
      .map((change) => ({ webhook: webhook.name, ...change }));
  });
}

/** In the history, whoever's answer was lost, and not accepted by every webhook that subscribed to it. */
function undeliveredEvents(webhooks, events) {
  return webhooks.flatMap((webhook) =>
    events
      .filter(({ type }) => isSubscribed(webhook, type))
      .filter(({ id }) => !isAccepted(webhook.received.get(id) ?? { requests: [] }))
      .map(({ id, type }) => ({ webhook: webhook.name, eventId: id, type })),
  );
}

/** Received, though no such event is in the history: what it tells of was never committed. */
function receivedUnrecorded(webhooks, events) {
  const recorded = new Set(events.map(({ id }) => id));
  return webhooks.flatMap(({ name, received }) =>
    [...received]
      .filter(([eventId]) => !recorded.has(eventId))
      .map(([eventId, { mark, type }]) => ({ webhook: name, eventId, mark, type })),
  );
}

function receivedWith(webhooks, isWrong) {
  return webhooks.flatMap(({ name, received }) =>
    [...received]
      .filter(([, event]) => isWrong(event))
      .map(([eventId, { mark, type }]) => ({ webhook: name, eventId, mark, type })),
  );
}

/** The same id with other bytes. */
function changedBodies(webhooks) {
  return webhooks.flatMap(({ name, received }) =>
    [...received]
      .filter(([, { requests }]) => new Set(requests.map(({ bodyHash }) => bodyHash)).size > 1)
      .map(([eventId, { mark, requests }]) => ({ webhook: name, eventId, mark, requests })),
  );
}

/** One change that came as two events. */
function recordedTwice(webhooks) {
  return webhooks.flatMap(({ name, received }) => {
    const first = new Map();
    return [...received].flatMap(([eventId, { mark, type }]) => {
      const key = `${type} ${mark}`;
      if (first.has(key)) return [{ webhook: name, mark, type, eventIds: [first.get(key), eventId] }];
      first.set(key, eventId);
      return [];
    });
  });
}

/** A start may fail while the database is away. A program that ran must not end by itself, whatever happens. */
function isExcused({ listened, startedAt, endedAt }, blows) {
  if (listened) return false;
  return blows.some(
    ({ kind, from, to }) => /^(database|network)/.test(kind) && endedAt >= from && startedAt <= to + START_MS,
  );
}
