import type { Response } from 'express';
import type { JsonObject } from '../../events/json.js';
import { NotFoundError } from '../../http/envelope-error.js';
import type { ContentType } from '../content-type.js';
import type { ContentTypes } from '../content-types.js';
import type { ContentFormat } from '../serialization/entry-answers.js';

/** The envelope of content's answers. */
export interface Answer<Data, Meta = Record<string, never>> {
  data: Data;
  meta: Meta;
}

/** Wraps data in the envelope. */
export function toAnswer<Data extends JsonObject | JsonObject[]>(data: Data): Answer<Data> {
  return { data, meta: {} };
}

/** Answers a removal: in Strapi 3's form with the entry, in Strapi 5's with 204 and nothing. */
export function answerRemoval(
  removed: JsonObject,
  format: ContentFormat,
  response: Response,
): Answer<JsonObject> | undefined {
  if (format === 'strapi-v3') return toAnswer(removed);
  response.status(204);
  return undefined;
}

/**
 * Finds the content type of a name under `/api`.
 *
 * @throws {NotFoundError} when it does not exist
 */
export function requireType(types: ContentTypes, name: string): ContentType {
  const type = types.byRoute(name);
  if (!type) throw new NotFoundError();
  return type;
}

/** {@link requireType} for routes of one kind of content type. */
export function requireTypeOfKind(types: ContentTypes, name: string, kind: ContentType['kind']): ContentType {
  const type = requireType(types, name);
  if (type.kind !== kind) throw new NotFoundError();
  return type;
}
