import { createHmac, type KeyObject, sign as signWith } from 'node:crypto';
import { BoundedMap } from '../../host/bounded-map.js';
import {
  decodePrivateKey,
  decodeSharedKey,
  detectSecretType,
} from '../../webhooks/secrets/signing-secret.js';

/**
 * Signs a request as Standard Webhooks 1.0.0 specifies, over `id.timestamp.body`: HMAC-SHA256 for `whsec_`, ed25519 for
 * `whsk_`.
 *
 * @param secrets `whsec_…` or `whsk_…`; the newest first, older ones during their grace time
 * @param webhookId the message's id, the same for all attempts
 * @param timestamp of this attempt, Unix seconds
 * @param body the bytes as sent
 * @returns the value of `webhook-signature`: `v1,<base64>` or `v1a,<base64>` for each secret, separated by spaces
 */
export function sign(secrets: readonly string[], webhookId: string, timestamp: number, body: Buffer): string {
  const head = `${webhookId}.${timestamp}.`;
  return secrets
    .map((secret) => {
      const key = decodeKey(secret);
      if (Buffer.isBuffer(key)) {
        return `v1,${createHmac('sha256', key).update(head).update(body).digest('base64')}`;
      }
      return `v1a,${signWith(null, Buffer.concat([Buffer.from(head), body]), key).toString('base64')}`;
    })
    .join(' ');
}

/**
 * Signs a body as GitHub does. The key is the whole text of the secret in UTF-8, including `whsec_`, because verifiers
 * of this header use the text as the key.
 *
 * @returns the value of `X-Hub-Signature-256`: `sha256=` and the hex HMAC-SHA256 of the body alone
 */
export function signForHub(secret: string, body: Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

const keys = new BoundedMap<string, Buffer | KeyObject>(10_000);

/** Decodes the key of a secret. Decoding costs as much as the hash itself, so that recent keys are cached. */
function decodeKey(secret: string): Buffer | KeyObject {
  let key = keys.get(secret);
  if (!key) {
    key = detectSecretType(secret) === 'v1a' ? decodePrivateKey(secret) : decodeSharedKey(secret);
    keys.set(secret, key);
  }
  return key;
}
