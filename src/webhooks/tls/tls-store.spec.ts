import { CERTIFICATES } from '../../../test/support/certificates.js';
import { MASK } from '../../auth/mask.js';
import { SealError } from '../secrets/encryption.js';
import { keepTls, openTls, tlsView } from './tls-store.js';

const KEYS = [Buffer.alloc(32, 1)];
const { authority, client, clientKey: key, server } = CERTIFICATES;
const whole = { ca: authority, certificate: client, key };

const stored = () => keepTls('w', whole, null, KEYS);

describe('keepTls', () => {
  it('seals the key, for its webhook alone', () => {
    expect(JSON.stringify(stored())).not.toContain('PRIVATE KEY');
    expect(openTls('w', stored(), KEYS)).toEqual(whole);
    expect(() => openTls('another', stored(), KEYS)).toThrow(SealError);
  });

  it('keeps what is left out, removes what is null or empty', () => {
    const before = stored();
    expect(keepTls('w', undefined, before, KEYS)).toBe(before);
    expect(keepTls('w', null, before, KEYS)).toBeNull();
    expect(keepTls('w', {}, before, KEYS)).toBeNull();
    expect(keepTls('w', { ca: authority }, before, KEYS)).toEqual({ ca: authority });
  });

  it('shows a mask, and keeps the key when it comes back', () => {
    const view = tlsView(stored());
    expect(view).toEqual({ ...whole, key: MASK });
    expect(openTls('w', keepTls('w', view, stored(), KEYS), KEYS)).toEqual(whole);
    const { ca: _, ...withoutCa } = view ?? {};
    expect(openTls('w', keepTls('w', withoutCa, stored(), KEYS), KEYS)).toEqual({ certificate: client, key });
  });

  it('refuses a mask that stands for nothing, for the key of another certificate, or for one that is lost', () => {
    const masked = { certificate: client, key: MASK };
    expect(() => keepTls('w', masked, null, KEYS)).toThrow('tls.key is masked, and there is none to keep');
    expect(() => keepTls('w', { certificate: server, key: MASK }, stored(), KEYS)).toThrow(
      'tls.key is not the private key of tls.certificate',
    );
    expect(() => keepTls('w', masked, stored(), [Buffer.alloc(32, 2)])).toThrow('send it again');
  });
});
