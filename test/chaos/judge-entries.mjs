/**
 * Holds the entries that stand at the end against what was told of them: a change and its event are committed together
 * or not at all, also where nobody knows which.
 */
export function judgeEntries(webhooks, changes, entries) {
  const told = toldOf(webhooks);
  const standing = new Set(entries.map(({ id }) => id));
  const maybeDeleted = new Set(
    changes.filter(({ type }) => type === 'entry.delete').map(({ entryId }) => entryId),
  );
  return {
    // Acknowledged, never asked to be deleted, and gone.
    vanished: changes.filter(
      ({ type, outcome, entryId }) =>
        type === 'entry.create' &&
        outcome === 'acknowledged' &&
        !standing.has(entryId) &&
        !maybeDeleted.has(entryId),
    ),
    // It stands as a change made it that nobody was told of.
    untold: entries.filter(({ mark }) => !told.marks.has(mark)),
    // Its creation was told, its end was not, and it is not there.
    toldInVain: [...told.created]
      .filter((entryId) => !standing.has(entryId) && !told.deleted.has(entryId))
      .map((entryId) => ({ entryId })),
    // Its end was told, and it is there.
    toldTooSoon: [...told.deleted].filter((entryId) => standing.has(entryId)).map((entryId) => ({ entryId })),
  };
}

function toldOf(webhooks) {
  const told = { marks: new Set(), created: new Set(), deleted: new Set() };
  for (const { received } of webhooks) {
    for (const { mark, type, entryId } of received.values()) {
      told.marks.add(mark);
      if (type === 'entry.create') told.created.add(entryId);
      if (type === 'entry.delete') told.deleted.add(entryId);
    }
  }
  return told;
}
