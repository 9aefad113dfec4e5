import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { ForbiddenError } from './envelope-error.js';

/**
 * Middleware that refuses requests to a name that is not this server's. A page of another site can have its name lead to
 * this machine (DNS rebinding), and is then of the same origin for a browser; only `Host` still tells.
 *
 * @param names that this server answers to, beside IP addresses and `*.localhost`; empty: every name
 */
export function refuseUnknownHosts(names: readonly string[]): RequestHandler {
  const known = new Set(names.map((name) => name.toLowerCase()));
  return (request, _response, next) => {
    const { host } = request.headers;
    const isKnown = known.size === 0 || host === undefined || isOwnHost(host, known);
    next(
      isKnown
        ? undefined
        : new ForbiddenError(
            'The request is for a name that this server does not answer to. If the name is yours, add it to http.allowedHosts (HTTP_ALLOWED_HOSTS).',
          ),
    );
  };
}

/** Whether a name is of this machine, which browsers trust without TLS: `localhost`, `*.localhost`, `127.0.0.0/8`, `[::1]`. */
export function isLoopbackName(name: string): boolean {
  return name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name) || /(^|\.)localhost$/i.test(name);
}

/**
 * Whether a `Host` header names this server.
 *
 * @param names in lower case
 */
export function isOwnHost(host: string, names: ReadonlySet<string>): boolean {
  const name = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(host)?.[1]?.toLowerCase().replace(/\.$/, '');
  if (name === undefined) return false;
  const isAddress = isIP(name.replace(/^\[|\]$/g, '')) !== 0;
  return isAddress || name.endsWith('.localhost') || names.has(name);
}
