import { BadRequestError } from '../../http/envelope-error.js';

const MOST_IDS = 1_000;

/** The ids of a batch-delete. */
export interface IdsToDelete {
  /** As the client sent them, for the answer. */
  asSent: (string | number)[];
  /**
   * As text, for the query: ids are texts here, but clients of Strapi also send numbers. Without those with blanks at
   * their ends, which MySQL would take for the ids without.
   */
  ids: string[];
}

/**
 * Reads the body of a batch-delete: `{ids: […]}`.
 *
 * @throws {BadRequestError} `ids must be an array of id`, Strapi's sentence, when `ids` is no array, is empty or holds
 *   anything else than texts and numbers; another sentence for more than a thousand ids
 */
export function readIdsToDelete(body: unknown): IdsToDelete {
  const ids = (body as { ids?: unknown } | null | undefined)?.ids;
  if (!Array.isArray(ids) || ids.length === 0 || !ids.every(isId)) {
    throw new BadRequestError('ids must be an array of id');
  }
  if (ids.length > MOST_IDS) throw new BadRequestError(`ids must be at most ${MOST_IDS} at a time`);
  return { asSent: ids, ids: ids.map(String).filter((id) => id === id.trim()) };
}

function isId(id: unknown): id is string | number {
  return typeof id === 'string' || typeof id === 'number';
}
