import type { JsonObject } from './json.js';

/** Who makes a request, as events tell it. */
export function toActor({ tokenId, name }: { tokenId: string | null; name: string }): EventActor {
  return tokenId === null
    ? { type: 'anonymous', id: null, name: null }
    : { type: 'token', id: tokenId, name };
}

/** Who made a change, as the receiver may be told. */
export interface EventActor extends JsonObject {
  /** `token` for a caller with a token, `anonymous` where content is open, or a host's own word. */
  type: string;
  /** The token's id; null where there is none. */
  id: string | null;
  /** The token's name; null where there is none. */
  name: string | null;
}
