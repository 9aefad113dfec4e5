import { NotFoundError } from '../../http/envelope-error.js';

/** What an INT column holds. */
const GREATEST_ID = 2_147_483_647;

/**
 * A file's id as it stands in a URL.
 *
 * @throws {NotFoundError} when no file can have it
 */
export function parseFileId(text: unknown): number {
  const id = typeof text === 'string' && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  if (id === 0 || id > GREATEST_ID) throw new NotFoundError('file.notFound');
  return id;
}
