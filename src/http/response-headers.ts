import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import helmet, { type HelmetOptions } from 'helmet';

type Directives = Record<string, string[]>;

const A_YEAR_S = 31_536_000;

/** The policy of answers that are no page: a browser that shows one may load nothing and put it in no frame. */
const NOTHING: Directives = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/**
 * Paths under which pages are served, and what these may load. Scripts come from this server alone and are never inline;
 * Swagger UI has inline styles.
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
 * Middleware that sets the security headers of every answer. Files under `/uploads` have a policy of their own beside
 * them, and pages of other origins may show them.
 */
export function setResponseHeaders(): RequestHandler {
  const answers = listHeaders(optionsWith(NOTHING));
  const files = listHeaders({
    ...optionsWith(NOTHING),
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  });
  const pages = Object.entries(PAGES).map(([path, more]) => ({
    path,
    headers: listHeaders(optionsWith({ ...NOTHING, ...more })),
  }));
  return (request, response, next) => {
    const page = pages.find(({ path }) => isUnder(path, request.path));
    const headers = page?.headers ?? (isUnder('/uploads', request.path) ? files : answers);
    for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}

/** Lists the headers that helmet sets, once: they depend on no request, and it would write them anew for each. */
function listHeaders(options: HelmetOptions): [name: string, value: string][] {
  const headers: [string, string][] = [];
  const response = {
    setHeader: (name: string, value: string) => headers.push([name, value]),
    removeHeader: () => undefined,
  };
  helmet(options)({} as IncomingMessage, response as unknown as ServerResponse, (error) => {
    if (error) throw error;
  });
  return headers;
}

function optionsWith(directives: Directives): HelmetOptions {
  return {
    contentSecurityPolicy: { useDefaults: false, directives },
    // Browsers ignore it over http. Without subdomains, because other servers may run under those.
    strictTransportSecurity: { maxAge: A_YEAR_S, includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
  };
}

/** Ignores case, as the router does. */
function isUnder(path: string, requested: string): boolean {
  const lower = requested.toLowerCase();
  return lower === path || lower.startsWith(`${path}/`);
}
