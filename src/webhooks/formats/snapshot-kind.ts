import type { RecordedEvent } from './recorded-event.js';

/**
 * What an event's snapshot is of: an entry or a file, which every format knows, or anything else, which is passed on
 * as it is. A custom event that takes the name of an entry event but carries no entry is anything else.
 */
export function snapshotKind({
  type,
  data,
}: Pick<RecordedEvent, 'type' | 'data'>): 'entry' | 'media' | 'other' {
  if (type.startsWith('entry.') && data['entry'] !== undefined) return 'entry';
  if (type.startsWith('media.') && data['media'] !== undefined) return 'media';
  return 'other';
}
