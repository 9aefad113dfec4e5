/** What the mark of a change begins with whose event the database refuses to take. */
export const UNRECORDABLE = 'unrecordable';

/**
 * The mark of a change: what the ledger knows it by, and what its event's body carries. A delete carries no text of its
 * own, and happens to an entry once: it is known by the entry's id.
 */
export function deleteMark(entryId) {
  return `delete:${entryId}`;
}

/** Reads the mark out of a delivered body. `entryId` is null for what is no entry's event. */
export function markOf(body) {
  const { event, entry, data } = body;
  if (event === 'entry.delete') return { type: event, mark: deleteMark(entry.id), entryId: entry.id };
  if (entry) return { type: event, mark: entry.full_name, entryId: entry.id };
  return { type: event, mark: data?.mark ?? null, entryId: null };
}
