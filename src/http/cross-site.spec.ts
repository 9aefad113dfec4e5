import type { IncomingHttpHeaders } from 'node:http';
import { findCrossSiteProblem } from './cross-site.js';

const JSON_BODY = { 'content-type': 'application/json', 'content-length': '2' };
const ADMIN = 'https://admin.example.com';

const statusOf = (headers: IncomingHttpHeaders, method = 'POST'): number | null =>
  findCrossSiteProblem({ method, headers: { host: 'hooks.example.com', ...headers } }, [
    ADMIN,
  ])?.getStatus() ?? null;

describe('findCrossSiteProblem', () => {
  it.each<[string, IncomingHttpHeaders]>([
    ['a program, which names no page', {}],
    ['a page of this server', { origin: 'https://hooks.example.com', 'sec-fetch-site': 'same-origin' }],
    ['a page of this server in a browser without Sec-Fetch-Site', { origin: 'https://hooks.example.com' }],
    ['a page of this server with its port written out', { origin: 'https://h:8443', host: 'h:8443' }],
    ['a page of this server, whose Host has the default port', { origin: 'http://h', host: 'h:80' }],
    [
      'a page behind a proxy that replaces Host',
      { origin: ADMIN, 'sec-fetch-site': 'same-origin', host: 'in' },
    ],
    [
      'a page behind a proxy that passes Host on',
      { origin: 'https://a.b', 'x-forwarded-host': 'a.b', host: 'in' },
    ],
    ['a page whose origin is allowed', { origin: ADMIN, 'sec-fetch-site': 'cross-site' }],
    ['someone who types the address', { 'sec-fetch-site': 'none' }],
  ])('lets %s change something', (_, headers) => {
    expect(statusOf({ ...JSON_BODY, ...headers })).toBeNull();
    expect(statusOf(headers)).toBeNull();
  });

  it.each<[string, IncomingHttpHeaders]>([
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['another site without Origin', { 'sec-fetch-site': 'cross-site' }],
    ['another site by a word that is not known', { 'sec-fetch-site': 'cross-site, same-origin' }],
    ['another site that hides itself', { origin: 'null' }],
    ['another site in a browser without Sec-Fetch-Site', { origin: 'https://evil.example' }],
    ['another host of this site', { origin: 'https://www.example.com', 'sec-fetch-site': 'same-site' }],
    [
      'another port of this host',
      { origin: 'https://hooks.example.com:8080', 'sec-fetch-site': 'same-site' },
    ],
    ['another site with our name in its own', { origin: 'https://hooks.example.com.evil.example' }],
  ])('refuses a page of %s, with a body of any type and without one', (_, headers) => {
    expect(statusOf({ ...JSON_BODY, ...headers })).toBe(403);
    expect(statusOf({ 'content-type': 'multipart/form-data; boundary=x', ...headers })).toBe(403);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) expect(statusOf(headers, method)).toBe(403);
    for (const method of ['GET', 'HEAD', 'OPTIONS']) expect(statusOf(headers, method)).toBeNull();
  });

  it.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['application/jsonx', 415],
    ['text/plain; application/json', 415],
    [undefined, 415],
    ['application/json', null],
    ['Application/JSON; charset=utf-8', null],
    ['multipart/form-data; boundary=x', null],
  ])('answers a body of the type %j with %j', (type, status) => {
    const headers = type === undefined ? {} : { 'content-type': type };
    expect(statusOf({ ...headers, 'content-length': '7' })).toBe(status);
    expect(statusOf({ ...headers, 'transfer-encoding': 'chunked' })).toBe(status);
    expect(statusOf({ ...headers, 'content-length': '0' })).toBeNull();
    expect(statusOf(headers)).toBeNull();
  });
});
