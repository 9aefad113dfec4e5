/** A receiver may answer a connection so much longer before it hears that the other end is gone, milliseconds. */
const UNHEARD_MS = 100;

/**
 * Counts what was accepted more than once, and says whether the blows explain it.
 *
 * A request that was accepted (answered 2xx to its last byte) is rightly made again in two cases:
 * - its sender was hit before its outcome was in the database. The receivers cannot see what was unrecorded at a blow;
 *   they see who asked, and when they had answered. So a blow can explain what the instance that was hit (a kill of the
 *   database hits all) had accepted from `reachMs` before the blow (no outcome may stay unrecorded for longer) until its
 *   end; at a kill of the database also until `reachMs` after its beginning; where connections stay open that say
 *   nothing any more (a network, a server that stands still, a group), until `settlesMs` after its end, for which an
 *   instance waits for an answer on them. All requests accepted in these windows are `exposed`.
 * - it or its repeat was under way when its sender was stopped: begun under a lease, put on the wire when the process
 *   went on, within `reachMs` after the stop. At most `concurrency` can be under way at a stop, so that more than so
 *   many of them stay unexplained.
 *
 * An instance that is told to end (SIGTERM) explains none: it finishes what is out and records it. Nor does a clock that is
 * set: all times are those of the database.
 *
 * The bound is `exposed` and `concurrency` for each stop. It is generous, because most of what is exposed had been
 * recorded. What holds strictly is told beside it: each duplicate must be explained by a blow to its own sender;
 * `longestUnrecordedMs` is how long before its blow the oldest of them had been answered, `mostAtOneBlow` how many
 * came of the worst one.
 *
 * @param webhooks `{name, received: Map<eventId, {mark, requests: [{at, endedAt, accepted, sender}]}>}`
 * @param blows `{kind, sender, from, to, settlesMs}`, `sender` null for all, `2.*` for all lives of an instance;
 *   `settlesMs` may be left out
 * @param limits `reachMs`, and the `concurrency` of an instance
 */
export function countDuplicates(webhooks, blows, limits) {
  const causes = new Causes(blows, limits);
  const unexplained = [];
  let duplicates = 0;
  let exposed = 0;
  for (const { name, received } of webhooks) {
    for (const [eventId, { mark, requests }] of received) {
      const accepted = requests
        .filter((request) => request.accepted)
        .toSorted((a, b) => a.endedAt - b.endedAt);
      exposed += accepted.filter((request) => causes.exposing(request) !== undefined).length;
      duplicates += Math.max(0, accepted.length - 1);
      for (const [i, repeat] of accepted.slice(1).entries()) {
        if (!causes.note(accepted[i], repeat)) unexplained.push({ webhook: name, eventId, mark, requests });
      }
    }
  }
  return {
    duplicates,
    atMost: exposed + causes.stops.length * limits.concurrency,
    ...causes.figures,
    blows: blows.map((blow) => ({ ...blow, duplicates: causes.cameOf(blow) })),
    unexplained,
  };
}

/** Whoever is told to end records what it has sent, and nothing goes by the clock of an instance's machine. */
const EXPLAINS_NONE = new Set(['term', 'clock']);

function hits(blow, sender) {
  if (blow.sender === null || blow.sender === sender) return true;
  return blow.sender.endsWith('.*') && (sender ?? '').startsWith(blow.sender.slice(0, -1));
}

/** What the blows explain. */
class Causes {
  figures = { mostAtOneBlow: 0, longestUnrecordedMs: 0 };
  /** How many duplicates came of a blow, and how many of these of a stop's requests that were under way. */
  #came = new Map();
  #wereUnderWay = new Map();

  constructor(blows, { reachMs, concurrency }) {
    this.blows = blows.toSorted((a, b) => a.from - b.from);
    this.stops = this.blows.filter(({ kind }) => kind === 'stop');
    this.reachMs = reachMs;
    this.concurrency = concurrency;
  }

  /** The first blow that can have kept the outcome of an accepted request out of the database. */
  exposing({ sender, endedAt }) {
    return this.blows.find(
      (blow) =>
        !EXPLAINS_NONE.has(blow.kind) &&
        hits(blow, sender) &&
        endedAt >= blow.from - this.reachMs &&
        endedAt <= this.#endOf(blow) + UNHEARD_MS,
    );
  }

  /** Notes that a request was made again; false when no blow explains it. */
  note(request, repeat) {
    const blow = this.exposing(request);
    if (blow) this.#longest(blow.from - request.endedAt);
    const cause = blow ?? this.#stopUnderWay(request, repeat);
    if (cause) this.#count(cause);
    return cause !== undefined;
  }

  cameOf(blow) {
    return this.#came.get(blow) ?? 0;
  }

  #endOf({ kind, from, to, settlesMs }) {
    if (settlesMs !== undefined) return to + settlesMs;
    return kind === 'database-kill' ? Math.max(to, from + this.reachMs) : to;
  }

  #stopUnderWay(...pair) {
    const stop = this.stops.find(
      (one) =>
        pair.some(
          ({ sender, at }) => sender === one.sender && at >= one.from && at <= one.to + this.reachMs,
        ) && (this.#wereUnderWay.get(one) ?? 0) < this.concurrency,
    );
    if (stop) this.#wereUnderWay.set(stop, (this.#wereUnderWay.get(stop) ?? 0) + 1);
    return stop;
  }

  #longest(ms) {
    this.figures.longestUnrecordedMs = Math.max(this.figures.longestUnrecordedMs, ms);
  }

  #count(blow) {
    const count = this.cameOf(blow) + 1;
    this.#came.set(blow, count);
    this.figures.mostAtOneBlow = Math.max(this.figures.mostAtOneBlow, count);
  }
}
