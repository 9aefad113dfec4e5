import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/**
 * Signs a request as Standard Webhooks 1.0.0 says: HMAC-SHA256 over `id.timestamp.body`.
 *
 * @param secrets `whsec_` + base64 each; the newest first, older ones during their grace time
 * @param webhookId the message's id, the same over all attempts
 * @param timestamp unix seconds of this attempt
 * @param body the bytes as sent
 * @returns the value of `webhook-signature`: `v1,<base64>` for each secret, separated by spaces
 */
export function sign(secrets: readonly string[], webhookId: string, timestamp: number, body: Buffer): string {
  return secrets
    .map((secret) => {
      const hmac = createHmac('sha256', keyOf(secret));
      hmac.update(`${webhookId}.${timestamp}.`).update(body);
      return `v1,${hmac.digest('base64')}`;
    })
    .join(' ');
}

const keys = new Map<string, Buffer>();

/** Decoding a secret costs as much as the hash itself, so keys that were used lately are kept. */
function keyOf(secret: string): Buffer {
  let key = keys.get(secret);
  if (!key) {
    key = Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64');
    if (keys.size >= 10_000) keys.clear();
    keys.set(secret, key);
  }
  return key;
}
