import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

const BEGIN = '-----BEGIN CERTIFICATE-----';
const END = '-----END CERTIFICATE-----';
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** An encrypted key in PKCS #8 (RFC 7468), and in the older form of OpenSSL (RFC 1421). */
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4,ENCRYPTED/m;

/** A PEM text without a usable certificate or key. The message continues a sentence that begins with the field's name. */
export class PemError extends Error {
  override readonly name = 'PemError';
}

/**
 * Parses the certificates in a text, in their order.
 *
 * @throws {PemError} when there is none, one cannot be read, or the text also holds a private key
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
 * Parses the private key in a text.
 *
 * @throws {PemError} when there is no usable one; the message shows nothing of the text
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
