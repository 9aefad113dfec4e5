import type { ExecutionContext } from '@nestjs/common';
import { type RequestToGuard, webhookSignature } from './webhook-signature.guard.js';

/** The vector of the specification. */
const REQUEST = {
  headers: {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
  rawBody: Buffer.from('{"test": 2432232314}'),
};
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const now = () => 1_614_265_330_000;

const activate = async (request: RequestToGuard, more: object = {}) =>
  webhookSignature({ secrets: SECRET, now, ...more }).canActivate({
    switchToHttp: () => ({ getRequest: () => request }),
  } as unknown as ExecutionContext);

describe('WebhookSignatureGuard', () => {
  it('lets a genuine request through, its raw body kept by Nest or by express.raw()', async () => {
    expect(await activate(REQUEST)).toBe(true);
    expect(await activate({ headers: REQUEST.headers, body: REQUEST.rawBody })).toBe(true);
  });

  it('asks for the secrets at every request', async () => {
    const secrets = async ({ headers }: RequestToGuard) => [headers === REQUEST.headers ? SECRET : ''];
    expect(await activate(REQUEST, { secrets })).toBe(true);
  });

  it('answers 401 and says why', async () => {
    const changed = { ...REQUEST, rawBody: Buffer.from('{}') };
    await expect(activate(changed)).rejects.toMatchObject({
      status: 401,
      message: expect.stringMatching(/^No signature/),
    });
    await expect(activate(REQUEST, { now: Date.now })).rejects.toMatchObject({ status: 401 });
    await expect(activate(REQUEST, { toleranceSeconds: 1, now: () => now() + 2_000 })).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('2 s old'),
    });
  });

  it('says how to keep the raw body when there is none', async () => {
    await expect(activate({ headers: { 'content-type': 'text/plain' } })).rejects.toMatchObject({
      status: 415,
      message: expect.stringContaining('text/plain'),
    });
    await expect(activate({ headers: REQUEST.headers, body: { test: 1 } })).rejects.toThrow(
      '{ rawBody: true }',
    );
  });

  it('lets no request through because a secret is missing', async () => {
    await expect(activate(REQUEST, { secrets: () => [] })).rejects.toThrow('no webhook secret');
    await expect(activate(REQUEST, { secrets: () => undefined })).rejects.toThrow(TypeError);
  });
});
