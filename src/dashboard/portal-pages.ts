/** What the page of the portal looks like. */
export interface PortalBrand {
  /** At the head of the page; null: `Webhooks`. */
  name: string | null;
  /** A `data:` URL of an image; null: none. */
  logo: string | null;
  /** `#rrggbb`; what is left out is Posthorn's. */
  colors: { primary?: string; header?: string };
}

/** What the page of the portal asks of the rest of the application. */
export interface PortalPages {
  /** The path under which browsers reach the portal's sessions: `/portal`, or with a prefix; null: there are none. */
  readonly path: string | null;
  readonly brand: PortalBrand;
  /** Finds the origins whose pages may frame the page of a session; null: there is no such session. */
  findFrameOrigins(id: string): Promise<readonly string[] | null>;
}

/** The injection token of {@link PortalPages}. */
export const PORTAL_PAGES = Symbol.for('posthorn.portal-pages');
