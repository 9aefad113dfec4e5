import { scryptSync } from 'node:crypto';
import { hashPassword } from './passwords.js';

describe('what is kept of a password', () => {
  it('is a scrypt hash with its costs and its salt', async () => {
    const salt = Buffer.alloc(16, 1);
    const key = scryptSync('secret', salt, 32, { N: 16_384, r: 8, p: 1 });
    const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
    expect(await hashPassword('secret', salt)).toBe(`scrypt$16384$8$1$${text(salt)}$${text(key)}`);
  });

  it('is another one each time, and does not tell the password', async () => {
    const [one, other] = [await hashPassword('secret'), await hashPassword('secret')];
    expect(one).not.toBe(other);
    expect(one).not.toContain('secret');
  });
});
