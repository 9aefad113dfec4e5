import { NotFoundError } from '../../http/envelope-error.js';

/** The greatest value of an INT column. */
const GREATEST_ID = 2_147_483_647;

/**
 * Parses a file's id in a URL.
 *
 * @throws {NotFoundError} when it is no valid id
 */
export function parseFileId(text: unknown): number {
  const id = typeof text === 'string' && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  if (id === 0 || id > GREATEST_ID) throw new NotFoundError('file.notFound');
  return id;
}
