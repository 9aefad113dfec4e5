import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

const BEGIN = '-----BEGIN CERTIFICATE-----';
const END = '-----END CERTIFICATE-----';
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** As PKCS #8 says it, and as the older form does. */
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4,ENCRYPTED/m;

/** A PEM text that does not hold what it should. Its message goes on after the name of what was read. */
export class PemError extends Error {
  override readonly name = 'PemError';
}

/**
 * The certificates in a text, in their order.
 *
 * @throws {PemError} when there is none, one cannot be read, or a private key stands beside them
 */
export function parseCertificates(text: string): X509Certificate[] {
  if (PRIVATE_KEY.test(text))
    throw new PemError('holds a private key, and certificates are shown to everyone');
  const blocks = text.split(BEGIN).slice(1);
  if (blocks.length === 0) throw new PemError(`holds no certificate in PEM (${BEGIN})`);
  return blocks.map((block, index) => {
    const end = block.indexOf(END);
    try {
      if (end === -1) throw new PemError('');
      return new X509Certificate(`${BEGIN}${block.slice(0, end)}${END}`);
    } catch {
      throw new PemError(`holds a certificate that cannot be read, number ${index + 1}`);
    }
  });
}

/**
 * The private key in a text. What is wrong with it is told without any of it.
 *
 * @throws {PemError} when there is none that can be used
 */
export function parsePrivateKey(text: string): KeyObject {
  if (!PRIVATE_KEY.test(text)) {
    throw new PemError('holds no private key in PEM (-----BEGIN PRIVATE KEY-----)');
  }
  if (ENCRYPTED.test(text))
    throw new PemError('is encrypted; send it without a passphrase, it is sealed here');
  try {
    return createPrivateKey({ key: text, format: 'pem' });
  } catch {
    throw new PemError('holds a private key that cannot be read');
  }
}
