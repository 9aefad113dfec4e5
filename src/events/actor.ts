import type { EventActor } from './document-node.js';
import type { Caller } from '../auth/caller.js';

/** Who makes a request, as events tell it. */
export function actorOf({ tokenId, name }: Caller): EventActor {
  return tokenId === null
    ? { type: 'anonymous', id: null, name: null }
    : { type: 'token', id: tokenId, name };
}
