import { createContext, useContext } from 'react';
import type { Session } from '../api/views.js';

/** Who is signed in, and the way out. */
export interface SignedIn {
  session: Session;
  /** Undefined where the host's own sign-in decides. */
  signOut?: () => void;
}

export const SessionContext = createContext<SignedIn | null>(null);

export function useSession(): SignedIn {
  const signedIn = useContext(SessionContext);
  if (!signedIn) throw new Error('Nothing of the page is shown before someone has signed in.');
  return signedIn;
}

/** Whether a field of a webhook may be set: of a portal session some may not. */
export function useMaySet(): (field: string) => boolean {
  const { portal } = useSession().session;
  return (field) => portal === undefined || portal.maySet.includes(field);
}

/** Whether the token's scopes allow something: what they do not allow is not offered. */
export function useAllowed(): (scope: string) => boolean {
  const { scopes } = useSession().session;
  return (scope) => scopes.includes('*') || scopes.includes(scope);
}
