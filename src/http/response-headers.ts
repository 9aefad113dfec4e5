import type { RequestHandler } from 'express';
import helmet, { type HelmetOptions } from 'helmet';

type Directives = Record<string, string[]>;

const A_YEAR_S = 31_536_000;

/** Nothing of an answer is a page: whatever a browser makes of it may load nothing and stand in no frame. */
const NOTHING: Directives = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/**
 * Paths under which pages are served, and what these may load beside nothing. Scripts come from this server alone, and
 * none stands in the page. Swagger UI has styles in its page.
 */
const PAGES: Record<string, Directives> = {
  '/docs': {
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
  },
};

/**
 * The headers of every answer that tell a browser what it may do with it. Files under `/uploads` have a policy of their
 * own beside these, and may be shown by pages of other origins.
 */
export function responseHeaders(): RequestHandler {
  const answers = helmet(optionsWith(NOTHING));
  const files = helmet({ ...optionsWith(NOTHING), crossOriginResourcePolicy: { policy: 'cross-origin' } });
  const pages = Object.entries(PAGES).map(([path, more]) => ({
    path,
    handler: helmet(optionsWith({ ...NOTHING, ...more })),
  }));
  return (request, response, next) => {
    const page = pages.find(({ path }) => isUnder(path, request.path));
    const handler = page?.handler ?? (isUnder('/uploads', request.path) ? files : answers);
    handler(request, response, next);
  };
}

function optionsWith(directives: Directives): HelmetOptions {
  return {
    contentSecurityPolicy: { useDefaults: false, directives },
    // Browsers take no notice of it over http. What else runs under this name is for others to say.
    strictTransportSecurity: { maxAge: A_YEAR_S, includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
  };
}

/** Routes are found without regard to case, and so is this. */
function isUnder(path: string, requested: string): boolean {
  const lower = requested.toLowerCase();
  return lower === path || lower.startsWith(`${path}/`);
}
