import type { KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { MASK } from '../../auth/mask.js';
import { TLS_KEYS, type TlsKey, type WebhookTls } from '../model/webhook-tls.js';
import { parseCertificates, parsePrivateKey, PemError } from './pem.js';

/** Something wrong with a webhook's `tls`: in one of its keys, or in the whole (null). */
export interface TlsProblem {
  key: TlsKey | null;
  message: string;
}

const MOST_CHARACTERS = 65_536;

/**
 * Finds everything that is wrong with a webhook's `tls`. A masked key passes: it stands for the stored one, which this
 * function does not know.
 */
export function findTlsProblems(tls: unknown): TlsProblem[] {
  if (typeof tls !== 'object' || tls === null || Array.isArray(tls)) {
    return [{ key: null, message: 'tls must be an object with ca, certificate and key, or null' }];
  }
  const unknown = Object.keys(tls).filter((key) => !TLS_KEYS.some((known) => known === key));
  if (unknown.length > 0) {
    return [{ key: null, message: `this field has unspecified keys: ${unknown.join(', ')}` }];
  }
  const texts = TLS_KEYS.flatMap((key) => findTextProblem(key, (tls as Record<TlsKey, unknown>)[key]));
  return texts.length > 0 ? texts : findContentProblems(tls);
}

function findTextProblem(key: TlsKey, value: unknown): TlsProblem[] {
  if (value === undefined) return [];
  if (typeof value !== 'string') return [{ key, message: `tls.${key} must be a PEM text` }];
  return value.length > MOST_CHARACTERS
    ? [{ key, message: `tls.${key} must be at most ${MOST_CHARACTERS} characters` }]
    : [];
}

function findContentProblems(tls: WebhookTls): TlsProblem[] {
  const problems: TlsProblem[] = [];
  const read = <T>(key: TlsKey, reader: (text: string) => T): T | null => {
    const text = tls[key];
    if (text === undefined) return null;
    try {
      return reader(text);
    } catch (error) {
      if (!(error instanceof PemError)) throw error;
      problems.push({ key, message: `tls.${key} ${error.message}` });
      return null;
    }
  };
  const isMasked = tls.key === MASK;
  read('ca', parseCertificates);
  const certificates = read('certificate', parseCertificates);
  const key = isMasked ? null : read('key', parsePrivateKey);
  if (tls.certificate !== undefined && tls.key === undefined) {
    problems.push({ key: 'key', message: 'tls.key is required beside tls.certificate' });
  }
  if (tls.key !== undefined && tls.certificate === undefined) {
    problems.push({ key: 'certificate', message: 'tls.certificate is required beside tls.key' });
  }
  if (problems.length > 0) return problems;
  return isMasked ? [] : findPairProblems(tls, certificates?.[0], key);
}

function findPairProblems(
  tls: WebhookTls,
  certificate: X509Certificate | undefined,
  key: KeyObject | null,
): TlsProblem[] {
  if (certificate && key && !certificate.checkPrivateKey(key)) {
    return [{ key: 'key', message: 'tls.key is not the private key of tls.certificate' }];
  }
  try {
    createSecureContext({ ca: tls.ca, cert: tls.certificate, key: tls.key });
    return [];
  } catch (error) {
    // OpenSSL refuses some readable certificates as too weak: a short key, an old digest.
    return [{ key: null, message: `tls cannot be used: ${(error as Error).message}` }];
  }
}
