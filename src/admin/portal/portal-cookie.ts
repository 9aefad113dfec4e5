const NAME = 'posthorn-portal';

/** What the cookie of a session is made for. */
export interface PortalCookie {
  token: string;
  /** The path of the portal as a browser sees it: `/portal/<id>`. */
  path: string;
  /** Whether pages of other sites may frame the session. */
  isFramed: boolean;
  /** How long it lasts, milliseconds. */
  lifeMs: number;
}

/**
 * Writes the cookie with which a page that is loaded again takes its session up. It is sent to the portal's path alone,
 * and opens no admin route. In a frame it is kept apart for each site that frames it (`Partitioned`), so that browsers
 * keep it although it is a third party's; without frames no other site causes it to be sent.
 */
export function writePortalCookie({ token, path, isFramed, lifeMs }: PortalCookie): string {
  const site = isFramed ? 'SameSite=None; Partitioned' : 'SameSite=Strict';
  return `${NAME}=${token}; Path=${path}; Max-Age=${Math.floor(lifeMs / 1000)}; HttpOnly; Secure; ${site}`;
}

/** Writes what has the browser forget the cookie; it is the same one only with the same path and site. */
export function clearPortalCookie(cookie: Pick<PortalCookie, 'path' | 'isFramed'>): string {
  return writePortalCookie({ ...cookie, token: '', lifeMs: 0 });
}

/** Reads the session's token from a `Cookie` header; null where it has none. */
export function readPortalCookie(header: string | undefined): string | null {
  for (const pair of (header ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === NAME && value) return value;
  }
  return null;
}
