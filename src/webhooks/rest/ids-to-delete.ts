import { BadRequestError } from '../../http/envelope-error.js';

const MOST_IDS = 1_000;

/** The ids of a batch-delete, as sent and as they are looked up. */
export interface IdsToDelete {
  asSent: (string | number)[];
  /** As text; ids are no numbers here, but Strapi's clients send some. */
  ids: string[];
}

/**
 * Reads the body of a batch-delete: `{ids: […]}`.
 *
 * @throws {BadRequestError} `ids must be an array of id`, in Strapi's words, when there is no array, an empty one or
 *   one of something else; also for more than a thousand
 */
export function readIdsToDelete(body: unknown): IdsToDelete {
  const ids = (body as { ids?: unknown } | null | undefined)?.ids;
  if (!Array.isArray(ids) || ids.length === 0 || !ids.every(isId)) {
    throw new BadRequestError('ids must be an array of id');
  }
  if (ids.length > MOST_IDS) throw new BadRequestError(`ids must be at most ${MOST_IDS} at a time`);
  return { asSent: ids, ids: ids.map(String) };
}

function isId(id: unknown): id is string | number {
  return typeof id === 'string' || typeof id === 'number';
}
