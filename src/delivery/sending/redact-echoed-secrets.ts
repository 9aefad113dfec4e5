import { MASK } from '../../auth/mask.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import type { CapturedBody } from './captured-response.js';

/** Shorter values are not looked for: they would be found in every text, and are no secrets. */
const LEAST_CHARACTERS = 8;

/** Headers that hold no secret, and whose values answers have of their own: `application/json`. */
const HARMLESS = /^(?:accept(?:-.*)?|cache-control|content-language|date|from|origin|pragma|via)$/i;

/** A signing secret, whichever webhook's. */
const SIGNING_SECRET = /wh(?:sec|sk)_[\w+/=\\-]{16,}/g;

const BASIC = /^basic\s+(\S+)$/i;

/** What of a request nobody may learn from its answer. */
export interface SentSecrets {
  /** Whose headers it has, and whose secrets signed it. */
  webhook: DeliverableWebhook;
  /** Its own, which are good for a replay until their time is over. */
  signatures: readonly string[];
}

/**
 * Masks what a receiver echoes of what it was sent, before its answer is kept: the values of the webhook's own and of
 * the configured headers, its secrets, and the request's signatures.
 */
export class EchoMask {
  private readonly ofDefaults: readonly string[];
  private readonly known = new WeakMap<DeliverableWebhook, readonly string[]>();

  constructor(defaults: Readonly<Record<string, string>>) {
    this.ofDefaults = valuesOf(defaults).flatMap(spellingsOf);
  }

  headers(sent: SentSecrets, headers: Record<string, string>): Record<string, string> {
    let masked = headers;
    for (const [name, value] of Object.entries(headers)) {
      const seen = this.without(sent, value);
      if (seen === value) continue;
      if (masked === headers) masked = { ...headers };
      masked[name] = seen;
    }
    return masked;
  }

  body(sent: SentSecrets, body: CapturedBody): CapturedBody {
    if (body.text === '') return body;
    const text = this.without(sent, body.text);
    return {
      text: body.truncated ? withoutBeginning(this.secretsOf(sent.webhook), text) : text,
      truncated: body.truncated,
    };
  }

  private without({ webhook, signatures }: SentSecrets, text: string): string {
    const masked = without(signatures, without(this.secretsOf(webhook), text));
    return masked.includes('whs') ? masked.replace(SIGNING_SECRET, MASK) : masked;
  }

  private secretsOf(webhook: DeliverableWebhook): readonly string[] {
    let secrets = this.known.get(webhook);
    if (!secrets) {
      const own = valuesOf(webhook.headers).flatMap(spellingsOf);
      const signing = webhook.secrets.flatMap(({ secret }) =>
        spellingsOf(secret.replace(/^wh(?:sec|sk)_/, '')),
      );
      // The longest first: one that is part of another must not leave the rest of it.
      secrets = [...new Set([...own, ...this.ofDefaults, ...signing])].toSorted(
        (a, b) => b.length - a.length,
      );
      this.known.set(webhook, secrets);
    }
    return secrets;
  }
}

function valuesOf(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => (HARMLESS.test(name) ? [] : [value]));
}

/** A value as it may come back: whole, its credentials alone, decoded, and as JSON (PHP's too) and URLs write it. */
function spellingsOf(value: string): string[] {
  const credentials = value.split(/[\s,;=]+/);
  const basic = BASIC.exec(value)?.[1];
  const decoded = basic === undefined ? '' : Buffer.from(basic, 'base64').toString('utf8');
  const password = decoded.slice(decoded.indexOf(':') + 1);
  const plain = [value, ...credentials, decoded, password].filter(({ length }) => length >= LEAST_CHARACTERS);
  return plain.flatMap((one) => {
    const json = JSON.stringify(one).slice(1, -1);
    return [one, json, json.replaceAll('/', '\\/'), encodeURIComponent(one)];
  });
}

function without(secrets: readonly string[], text: string): string {
  let masked = text;
  for (const secret of secrets) {
    if (masked.includes(secret)) masked = masked.replaceAll(secret, MASK);
  }
  return masked;
}

/** Masks the beginning of a secret whose end was cut off with the text's. */
function withoutBeginning(secrets: readonly string[], text: string): string {
  for (const secret of secrets) {
    for (let length = secret.length - 1; length >= LEAST_CHARACTERS; length -= 1) {
      if (text.endsWith(secret.slice(0, length))) return text.slice(0, -length) + MASK;
    }
  }
  return text;
}
