import type { ContentType } from './content-type.js';

/**
 * Which version of an entry is meant. Content types without drafts have one version, which both words mean; of those
 * with drafts `draft` is what is worked on, and `published` is what it was when it was published last.
 */
export type EntryStatus = 'draft' | 'published';

/** The version that requests write. */
export function writtenStatus({ draftAndPublish }: ContentType): EntryStatus {
  return draftAndPublish ? 'draft' : 'published';
}
