import type { JsonObject } from './json.js';

/** Who made a change, as events carry it to receivers. */
export interface EventActor extends JsonObject {
  /** `token` for a caller with a token, `anonymous` for a caller without one, or a word of the host's own. */
  type: string;
  /** The token's id; null for an anonymous caller. */
  id: string | null;
  /** The token's name; null for an anonymous caller. */
  name: string | null;
}

/** Converts the caller of a request to the actor that events carry. */
export function toActor({ tokenId, name }: { tokenId: string | null; name: string }): EventActor {
  return tokenId === null
    ? { type: 'anonymous', id: null, name: null }
    : { type: 'token', id: tokenId, name };
}
