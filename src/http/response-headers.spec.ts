import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { setResponseHeaders } from './response-headers.js';

describe('the headers of an answer', () => {
  let server: Server;

  beforeAll(async () => {
    const app = express();
    app.use(setResponseHeaders());
    app.use((_request, response) => response.end());
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const headersOf = async (path: string) =>
    (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)).headers;

  it.each(['/', '/admin/webhooks', '/api/addresses', '/documents', '/openapi.json'])(
    'let nothing be loaded by what is no page: %s',
    async (path) => {
      const headers = await headersOf(path);
      expect(Object.fromEntries(headers)).toMatchObject({
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'strict-transport-security': 'max-age=31536000',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
    },
  );

  it.each(['/docs', '/docs/', '/DOCS', '/docs/swagger-ui-bundle.js'])(
    'let a page load scripts of this server alone: %s',
    async (path) => {
      const policy = (await headersOf(path)).get('content-security-policy');
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
    },
  );

  it('let pages of other origins show a file', async () => {
    expect((await headersOf('/uploads/a.png')).get('cross-origin-resource-policy')).toBe('cross-origin');
  });
});
