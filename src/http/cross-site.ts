import { HttpStatus } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHandler } from 'express';
import { EnvelopeError, ForbiddenError } from './envelope-error.js';
import { parseUrl } from './parse-url.js';

/** Methods that change nothing (RFC 9110, 9.2.1). */
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** Values of Sec-Fetch-Site of a request that no page of another origin caused. */
const OWN_SITE: readonly string[] = ['same-origin', 'none'];

/** The types of a body that a route may take. A form of another page can send multipart, but none can send JSON. */
const BODY_TYPE = /^(application\/json|multipart\/form-data)\s*(;|$)/i;

/** The part of a request that says where it comes from. */
export interface RequestOrigin {
  method?: string | undefined;
  headers: IncomingHttpHeaders;
}

/**
 * Middleware that refuses requests by which a page of another site would change something (CSRF), before a body is read.
 *
 * @param origins pages of other origins that may
 */
export function refuseCrossSite(origins: readonly string[]): RequestHandler {
  return (request, _response, next) => next(findCrossSiteProblem(request, origins) ?? undefined);
}

/**
 * Finds why a request may not change something; null: it may, or it changes nothing.
 *
 * A browser says in `Sec-Fetch-Site` and `Origin` which page causes a request, and no page can change the two. A program
 * sends neither and passes. A body must be JSON, because a form, the only request to another site that no browser asks
 * leave for, cannot send that; multipart and requests without a body go by the two headers alone.
 *
 * @param origins pages of other origins that may
 * @returns a 403 or a 415
 */
export function findCrossSiteProblem(
  { method = 'GET', headers }: RequestOrigin,
  origins: readonly string[],
): EnvelopeError | null {
  if (SAFE_METHODS.includes(method)) return null;
  if (isForeign(headers, origins)) {
    return new ForbiddenError(
      'The request comes from a page of another site, which may not change anything here. If it should, add the origin of that page to http.corsOrigins.',
    );
  }
  if (!hasBody(headers) || BODY_TYPE.test(headers['content-type'] ?? '')) return null;
  return new EnvelopeError(
    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
    'UnsupportedMediaTypeError',
    'The body must be JSON: send it with "Content-Type: application/json".',
  );
}

function isForeign(headers: IncomingHttpHeaders, origins: readonly string[]): boolean {
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  if (typeof site === 'string' && OWN_SITE.includes(site)) return false;
  const isOtherSite = site !== undefined && site !== 'same-site';
  if (origin === undefined) return isOtherSite;
  if (origins.includes(origin)) return false;
  return isOtherSite || !isOwnOrigin(origin, headers);
}

/**
 * Whether an origin is the one that the request was sent to. The scheme is not compared, because TLS ends in a proxy. A
 * proxy may have replaced Host, so that X-Forwarded-Host counts too: a page can set it only with leave (CORS).
 */
function isOwnOrigin(origin: string, headers: IncomingHttpHeaders): boolean {
  const page = parseUrl(origin);
  if (!page) return false;
  const forwarded = headers['x-forwarded-host'];
  const hosts = [headers.host, ...(typeof forwarded === 'string' ? forwarded.split(',') : [])];
  return hosts.some((host) => host && parseUrl(`${page.protocol}//${host.trim()}`)?.host === page.host);
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) !== 0);
}
