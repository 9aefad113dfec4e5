import { createHmac, type KeyObject, sign as signWith } from 'node:crypto';
import { BoundedMap } from '../../host/bounded-map.js';
import { decodePrivateKey, decodeSharedKey, detectSecretType } from '../../webhooks/secrets/signing-secret.js';

/**
 * Signs a request as Standard Webhooks 1.0.0 says, over `id.timestamp.body`: HMAC-SHA256 for `whsec_`, ed25519 for
 * `whsk_`.
 *
 * @param secrets `whsec_…` or `whsk_…`; the newest first, older ones during their grace time
 * @param webhookId the message's id, the same over all attempts
 * @param timestamp unix seconds of this attempt
 * @param body the bytes as sent
 * @returns the value of `webhook-signature`: `v1,<base64>` or `v1a,<base64>` for each secret, separated by spaces
 */
export function sign(secrets: readonly string[], webhookId: string, timestamp: number, body: Buffer): string {
  const head = `${webhookId}.${timestamp}.`;
  return secrets
    .map((secret) => {
      const key = keyOf(secret);
      if (Buffer.isBuffer(key)) {
        return `v1,${createHmac('sha256', key).update(head).update(body).digest('base64')}`;
      }
      return `v1a,${signWith(null, Buffer.concat([Buffer.from(head), body]), key).toString('base64')}`;
    })
    .join(' ');
}

/**
 * The value of `X-Hub-Signature-256`: `sha256=` and the hex HMAC-SHA256 of the body alone. The key is the secret's text
 * as it is shown, `whsec_` and all, in UTF-8: who verifies in this manner takes the text for the key.
 */
export function hubSignature(secret: string, body: Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

const keys = new BoundedMap<string, Buffer | KeyObject>(10_000);

/** Decoding a secret costs as much as the hash itself, so keys that were used lately are kept. */
function keyOf(secret: string): Buffer | KeyObject {
  let key = keys.get(secret);
  if (!key) {
    key = detectSecretType(secret) === 'v1a' ? decodePrivateKey(secret) : decodeSharedKey(secret);
    keys.set(secret, key);
  }
  return key;
}
