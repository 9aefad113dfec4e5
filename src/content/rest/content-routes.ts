import type { JsonObject } from '../../events/json.js';
import { NotFoundError } from '../../http/envelope-error.js';
import type { ContentType } from '../content-type.js';
import type { ContentTypes } from '../content-types.js';
import { idIn } from '../entry-id.js';

/** What content's routes answer with. */
export interface Answer<Data, Meta = Record<string, never>> {
  data: Data;
  meta: Meta;
}

export function answer<Data extends JsonObject | JsonObject[]>(data: Data): Answer<Data> {
  return { data, meta: {} };
}

/**
 * The content type of a name under `/api`.
 *
 * @throws {NotFoundError} when there is none
 */
export function typeAt(types: ContentTypes, name: string): ContentType {
  const type = types.byRoute(name);
  if (!type) throw new NotFoundError();
  return type;
}

/** {@link typeAt}, for routes that one kind of content type has. */
export function typeOfKindAt(types: ContentTypes, name: string, kind: ContentType['kind']): ContentType {
  const type = typeAt(types, name);
  if (type.kind !== kind) throw new NotFoundError();
  return type;
}

/** The id in a path. */
export function entryIdIn(text: string): number {
  const id = idIn(text);
  if (id === null) throw new NotFoundError();
  return id;
}
