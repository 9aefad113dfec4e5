import { CERTIFICATES } from '../../../test/support/certificates.js';
import { MASK } from '../../auth/mask.js';
import { EncryptionError } from '../secrets/encryption.js';
import { updateTls, decryptTls, toTlsView } from './tls-store.js';

const KEYS = [Buffer.alloc(32, 1)];
const { authority, client, clientKey: key, server } = CERTIFICATES;
const whole = { ca: authority, certificate: client, key };

const stored = () => updateTls('w', whole, null, KEYS);

describe('updateTls', () => {
  it('seals the key, for its webhook alone', () => {
    expect(JSON.stringify(stored())).not.toContain('PRIVATE KEY');
    expect(decryptTls('w', stored(), KEYS)).toEqual(whole);
    expect(() => decryptTls('another', stored(), KEYS)).toThrow(EncryptionError);
  });

  it('keeps what is left out, removes what is null or empty', () => {
    const before = stored();
    expect(updateTls('w', undefined, before, KEYS)).toBe(before);
    expect(updateTls('w', null, before, KEYS)).toBeNull();
    expect(updateTls('w', {}, before, KEYS)).toBeNull();
    expect(updateTls('w', { ca: authority }, before, KEYS)).toEqual({ ca: authority });
  });

  it('shows a mask, and keeps the key when it comes back', () => {
    const view = toTlsView(stored());
    expect(view).toEqual({ ...whole, key: MASK });
    expect(decryptTls('w', updateTls('w', view, stored(), KEYS), KEYS)).toEqual(whole);
    const { ca: _, ...withoutCa } = view ?? {};
    expect(decryptTls('w', updateTls('w', withoutCa, stored(), KEYS), KEYS)).toEqual({
      certificate: client,
      key,
    });
  });

  it('refuses a mask that stands for nothing, for the key of another certificate, or for one that is lost', () => {
    const masked = { certificate: client, key: MASK };
    expect(() => updateTls('w', masked, null, KEYS)).toThrow('tls.key is masked, and there is none to keep');
    expect(() => updateTls('w', { certificate: server, key: MASK }, stored(), KEYS)).toThrow(
      'tls.key is not the private key of tls.certificate',
    );
    expect(() => updateTls('w', masked, stored(), [Buffer.alloc(32, 2)])).toThrow('send it again');
  });
});
