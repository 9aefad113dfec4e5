import type { KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { MASK } from '../../auth/mask.js';
import { parseCertificates, PemError, parsePrivateKey } from './pem.js';
import { TLS_KEYS, type TlsKey, type WebhookTls } from '../model/webhook-tls.js';

/** Where something is wrong with what a webhook's connections are to be made with; no key: with the whole. */
export interface TlsProblem {
  key: TlsKey | null;
  message: string;
}

const MOST_CHARACTERS = 65_536;

/**
 * Everything that is wrong with a webhook's `tls`. A masked key stands for the one that is stored, which is not
 * known here: it passes.
 */
export function findTlsProblems(tls: unknown): TlsProblem[] {
  if (typeof tls !== 'object' || tls === null || Array.isArray(tls)) {
    return [{ key: null, message: 'tls must be an object with ca, certificate and key, or null' }];
  }
  const unknown = Object.keys(tls).filter((key) => !TLS_KEYS.some((known) => known === key));
  if (unknown.length > 0) {
    return [{ key: null, message: `this field has unspecified keys: ${unknown.join(', ')}` }];
  }
  const texts = TLS_KEYS.flatMap((key) => textProblem(key, (tls as Record<TlsKey, unknown>)[key]));
  return texts.length > 0 ? texts : contentProblems(tls);
}

function textProblem(key: TlsKey, value: unknown): TlsProblem[] {
  if (value === undefined) return [];
  if (typeof value !== 'string') return [{ key, message: `tls.${key} must be a PEM text` }];
  return value.length > MOST_CHARACTERS
    ? [{ key, message: `tls.${key} must be at most ${MOST_CHARACTERS} characters` }]
    : [];
}

function contentProblems(tls: WebhookTls): TlsProblem[] {
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
  return isMasked ? [] : pairProblems(tls, certificates?.[0], key);
}

function pairProblems(
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
    // What can be read may still be too weak to be used: a short key, an old digest.
    return [{ key: null, message: `tls cannot be used: ${(error as Error).message}` }];
  }
}
