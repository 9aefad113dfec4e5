/** What the server tells the page when it serves it. */
export interface PageSettings {
  /** The admin API's absolute path, without a slash at its end: `/admin`. */
  apiBase: string;
  /**
   * `token`: a person signs in with an admin token. `host`: the application around us knows who is asking. `portal`: a
   * customer came by a link.
   */
  auth: 'token' | 'host' | 'portal';
  /** What the portal looks like; only there. */
  brand?: Brand;
}

/** The name, logo and colours of whoever gives the links. */
export interface Brand {
  name: string | null;
  /** A `data:` address; null: none. */
  logo: string | null;
  /** `#rrggbb` */
  colors: { primary?: string; header?: string };
}

const WITHOUT_A_SERVER: PageSettings = { apiBase: '/admin', auth: 'token' };

/** Read once: the server writes it as JSON into the page, which needs no script of its own. */
export const pageSettings: PageSettings = {
  ...WITHOUT_A_SERVER,
  ...(JSON.parse(document.getElementById('posthorn')?.textContent || '{}') as Partial<PageSettings>),
};

/** The path under which the page lives, without a slash at its end: `/dashboard`. */
export const pageBase: string = document.querySelector('base')
  ? new URL(document.baseURI).pathname
      .split('/')
      .filter(Boolean)
      .map((part) => `/${part}`)
      .join('')
  : '';
