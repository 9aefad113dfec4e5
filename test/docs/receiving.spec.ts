import { Webhook } from 'standardwebhooks';
import { sign } from '../../src/delivery/sending/signature.js';
import { blocksOf, readDocument } from './documents.js';

const RECEIVING = readDocument('docs/receiving.md');

describe('docs/receiving.md', () => {
  it('has a verification that takes what is genuine and nothing else', async () => {
    const code = blocksOf(RECEIVING, 'js').find((block) => block.includes('isGenuine')) ?? '';
    const { isGenuine } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
      isGenuine: (headers: Record<string, string>, rawBody: Buffer, secret: string) => boolean;
    };
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const body = Buffer.from('{"event":"entry.create","city":"Köln"}');
    const headersAt = (timestamp: number) => ({
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(timestamp),
      'webhook-signature': `v1,AAAA ${sign([secret], 'msg_1', timestamp, body)}`,
    });
    const now = Math.floor(Date.now() / 1000);
    expect(isGenuine(headersAt(now), body, secret)).toBe(true);
    expect(isGenuine(headersAt(now), Buffer.concat([body, Buffer.from(' ')]), secret)).toBe(false);
    expect(isGenuine(headersAt(now - 301), body, secret)).toBe(false);
    expect(isGenuine(headersAt(now), body, `whsec_${Buffer.alloc(32, 8).toString('base64')}`)).toBe(false);
    expect(isGenuine({}, body, secret)).toBe(false);
    // The document says of the package standardwebhooks: the raw body may be a buffer, the event is returned.
    expect(new Webhook(secret).verify(body, headersAt(now))).toMatchObject({ event: 'entry.create' });
  });
});
