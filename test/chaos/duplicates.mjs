/**
 * Counts what was accepted more than once, and says whether the blows explain it.
 *
 * A request that was accepted (answered 2xx to its last byte) is rightly made again in two cases:
 * - its sender was hit before its outcome was in the database. The receivers cannot see what was unrecorded at a blow;
 *   they see who asked, and when they had answered. So a blow can explain what the instance that was hit (a kill of the
 *   database hits all) had accepted from one lease before the blow (nothing stays unrecorded for longer without losing
 *   its lease) until its end; after a kill of the database one lease longer, in which the instances find it again and
 *   record what they kept. All requests accepted in these windows are `exposed`.
 * - the repeat's sender was stopped in the midst of it: it had begun under its lease, and the system put it on the wire
 *   when the process went on, within one lease after the stop. At most `concurrency` can have been begun at a stop, so
 *   that more than so many of them stay unexplained.
 *
 * The bound is `exposed` and `concurrency` for each stop. It is generous, because most of what is exposed had been
 * recorded. What holds strictly is told beside it: each duplicate must be explained by a blow to its own sender, and
 * `longestUnrecordedMs` is how long before its blow the oldest of them had been answered.
 *
 * @param webhooks `{name, received: Map<eventId, {mark, requests: [{at, endedAt, accepted, sender}]}>}`
 * @param blows `{kind, sender, from, to}`, `sender` null for all
 */
export function countDuplicates(webhooks, blows, { leaseMs, concurrency }) {
  const stops = blows.filter(({ kind }) => kind === 'stop');
  const late = new Map(stops.map((stop) => [stop, 0]));
  const result = { duplicates: 0, atMost: 0, longestUnrecordedMs: 0, unexplained: [] };
  const isExplained = (request, repeat) => {
    const ages = blows
      .filter((blow) => exposes(blow, request, leaseMs))
      .map(({ from }) => Math.max(0, from - request.endedAt));
    if (ages.length > 0) {
      result.longestUnrecordedMs = Math.max(result.longestUnrecordedMs, Math.min(...ages));
      return true;
    }
    const stop = stops.find((one) => delays(one, repeat, leaseMs) && late.get(one) < concurrency);
    if (stop) late.set(stop, late.get(stop) + 1);
    return stop !== undefined;
  };

  let exposed = 0;
  for (const { name, received } of webhooks) {
    for (const [eventId, { mark, requests }] of received) {
      const accepted = requests
        .filter((request) => request.accepted)
        .toSorted((a, b) => a.endedAt - b.endedAt);
      exposed += accepted.filter((one) => blows.some((blow) => exposes(blow, one, leaseMs))).length;
      result.duplicates += Math.max(0, accepted.length - 1);
      const unexplained = accepted.slice(1).filter((repeat, i) => !isExplained(accepted[i], repeat));
      for (const repeat of unexplained) {
        result.unexplained.push({ webhook: name, eventId, mark, repeatBy: repeat.sender, requests });
      }
    }
  }
  result.atMost = exposed + stops.length * concurrency;
  return result;
}

function exposes({ kind, sender, from, to }, request, leaseMs) {
  if (sender !== null && sender !== request.sender) return false;
  const until = kind === 'database-kill' ? to + leaseMs : to;
  return request.endedAt >= from - leaseMs && request.endedAt <= until;
}

function delays({ sender, from, to }, repeat, leaseMs) {
  return sender === repeat.sender && repeat.at >= from && repeat.at <= to + leaseMs;
}
