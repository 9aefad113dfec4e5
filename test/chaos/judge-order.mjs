/**
 * Looks whether webhooks that asked for the order of each entry got it. Of two changes of one entry the order is known
 * where the first was acknowledged before the second was sent; then the second may not be tried before the first was
 * accepted. Repeats of the first may come later: they are duplicates and nothing else.
 */
export function outOfOrder(webhooks, changes) {
  const ordered = webhooks.filter(({ isOrdered }) => isOrdered);
  if (ordered.length === 0) return [];
  const byEntry = grouped(changes.filter(isPlaced));
  return ordered.flatMap(({ name, received }) => {
    const times = timesOf(received);
    return [...byEntry.values()].flatMap((ofEntry) =>
      ofEntry.flatMap((later) =>
        ofEntry
          .filter((earlier) => earlier.outcome === 'acknowledged' && earlier.answeredAt < later.sentAt)
          .filter((earlier) => times.get(later.mark)?.triedAt < times.get(earlier.mark)?.acceptedAt)
          .map((earlier) => ({ webhook: name, entryId: later.entryId, earlier, later })),
      ),
    );
  });
}

function isPlaced({ entryId, sentAt }) {
  return entryId !== null && entryId !== undefined && sentAt !== undefined;
}

function grouped(changes) {
  const groups = new Map();
  for (const change of changes) {
    const group = groups.get(change.entryId);
    if (group) group.push(change);
    else groups.set(change.entryId, [change]);
  }
  return groups;
}

/** By mark: when it was first tried, and when it was first accepted (never: infinity). */
function timesOf(received) {
  return new Map(
    [...received.values()].map(({ mark, requests }) => [
      mark,
      {
        triedAt: Math.min(...requests.map(({ at }) => at)),
        acceptedAt: Math.min(
          Number.POSITIVE_INFINITY,
          ...requests.filter(({ accepted }) => accepted).map(({ endedAt }) => endedAt),
        ),
      },
    ]),
  );
}
