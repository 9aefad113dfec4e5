import { MASK } from '../../auth/mask.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { decryptOrNull } from '../../webhooks/secrets/encryption.js';
import type { CapturedBody } from './captured-response.js';

/** Shorter values are not masked: they occur in every text, and are no secrets. */
const MIN_CHARACTERS = 8;

/** Headers without secrets, whose values are common in answers: `application/json`. */
const HARMLESS = /^(?:accept(?:-.*)?|cache-control|content-language|date|from|origin|pragma|via)$/i;

/** A signing secret of any webhook. */
const SIGNING_SECRET = /wh(?:sec|sk)_[\w+/=\\-]{16,}/g;

const BASIC = /^basic\s+(\S+)$/i;

/** The secrets of a request, which the stored answer must not contain. */
export interface SentSecrets {
  /** The webhook whose headers it has and whose secrets signed it. */
  webhook: DeliverableWebhook;
  /** The request's signatures: with them it could be replayed while its timestamp is accepted. */
  signatures: readonly string[];
}

/** Characters of a sentence about an answer; a certificate or a header in it may be of any length. */
const MOST_IN_SENTENCE = 1_000;

/**
 * Masks the secrets of a request that the receiver echoes, before anything of its answer is stored, logged or shown: of
 * an attempt's answer, of a handshake's, and of an error that quotes either. These are the values of the webhook's own
 * and of the configured headers, the signing secrets, and the request's signatures.
 */
export class EchoedSecretRedactor {
  private readonly ofDefaults: readonly string[];
  private readonly known = new WeakMap<DeliverableWebhook, readonly string[]>();

  constructor(defaults: Readonly<Record<string, string>>) {
    this.ofDefaults = listSensitiveValues(defaults).flatMap(listSpellings);
  }

  /** @returns the same object when no header contains a secret */
  redactHeaders(sent: SentSecrets, headers: Record<string, string>): Record<string, string> {
    let masked = headers;
    for (const [name, value] of Object.entries(headers)) {
      const seen = this.redact(sent, value);
      const isNamed = this.isInName(sent, name);
      if (seen === value && !isNamed) continue;
      if (masked === headers) masked = { ...headers };
      if (isNamed) delete masked[name];
      masked[isNamed ? MASK : name] = seen;
    }
    return masked;
  }

  /** Names of headers come in lower case, whatever the receiver sent. */
  private isInName({ webhook }: SentSecrets, name: string): boolean {
    if (name.length < MIN_CHARACTERS) return false;
    const lowered = name.toLowerCase();
    return this.collectSecrets(webhook).some(
      (secret) => secret.length <= name.length && lowered.includes(secret.toLowerCase()),
    );
  }

  redactBody(sent: SentSecrets, body: CapturedBody): CapturedBody {
    if (body.text === '') return body;
    const text = this.redact(sent, body.text);
    return {
      text: body.truncated ? maskCutOffSecret(this.collectSecrets(sent.webhook), text) : text,
      truncated: body.truncated,
    };
  }

  /** Redacts what a sentence quotes of an answer, and cuts it at {@link MOST_IN_SENTENCE}. */
  redactText(sent: SentSecrets, text: string): string {
    const masked = this.redact(sent, text);
    return masked.length > MOST_IN_SENTENCE ? `${masked.slice(0, MOST_IN_SENTENCE)}…` : masked;
  }

  private redact({ webhook, signatures }: SentSecrets, text: string): string {
    const masked = maskAll(signatures, maskAll(this.collectSecrets(webhook), text));
    return masked.includes('whs') ? masked.replace(SIGNING_SECRET, MASK) : masked;
  }

  private collectSecrets(webhook: DeliverableWebhook): readonly string[] {
    let secrets = this.known.get(webhook);
    if (!secrets) {
      const own = listSensitiveValues(webhook.headers).flatMap(listSpellings);
      // A handshake is made without them, so it works where no key decrypts them.
      const signing = (decryptOrNull(() => webhook.secrets) ?? []).flatMap(({ secret }) =>
        listSpellings(secret.replace(/^wh(?:sec|sk)_/, '')),
      );
      // The longest first: a secret that contains another one is masked as a whole.
      secrets = [...new Set([...own, ...this.ofDefaults, ...signing])].toSorted(
        (a, b) => b.length - a.length,
      );
      this.known.set(webhook, secrets);
    }
    return secrets;
  }
}

function listSensitiveValues(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => (HARMLESS.test(name) ? [] : [value]));
}

/**
 * Lists the forms of a value in an echo: whole, its credentials alone, decoded, and escaped for JSON (also PHP's) and
 * URLs.
 */
function listSpellings(value: string): string[] {
  const credentials = value.split(/[\s,;=]+/);
  const basic = BASIC.exec(value)?.[1];
  const decoded = basic === undefined ? '' : Buffer.from(basic, 'base64').toString('utf8');
  const password = decoded.slice(decoded.indexOf(':') + 1);
  const plain = [value, ...credentials, decoded, password].filter(({ length }) => length >= MIN_CHARACTERS);
  return plain.flatMap((one) => {
    const json = JSON.stringify(one).slice(1, -1);
    const url = encodeURIComponent(one);
    return [
      one,
      json,
      json.replaceAll('/', '\\/'),
      ...listEscapes(one),
      url,
      url.replace(/%[\dA-F]{2}/g, (byte) => byte.toLowerCase()),
      url.replaceAll('%20', '+'),
    ];
  });
}

/** The escapes of encoders that are careful of HTML: of JSON in Go and .NET, and of HTML itself. */
function listEscapes(value: string): string[] {
  const inJson = (code: string) => `\\u00${code}`;
  const json = JSON.stringify(value).slice(1, -1);
  const html = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [
    json.replace(/[&<>]/g, (one) => inJson(toHex(one))),
    json.replaceAll('\\"', '"').replace(/["&'+<>`]/g, (one) => inJson(toHex(one).toUpperCase())),
    html,
    html.replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
    html.replaceAll('"', '&quot;').replaceAll("'", '&#039;'),
    html.replaceAll('"', '&#34;').replaceAll("'", '&#39;').replaceAll('+', '&#43;'),
    html.replaceAll('"', '&quot;').replaceAll("'", '&#x27;'),
  ];
}

function toHex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, '0');
}

function maskAll(secrets: readonly string[], text: string): string {
  let masked = text;
  for (const secret of secrets) {
    if (masked.includes(secret)) masked = masked.replaceAll(secret, MASK);
  }
  return masked;
}

/** Masks the beginning of a secret at the end of a truncated text. */
function maskCutOffSecret(secrets: readonly string[], text: string): string {
  for (const secret of secrets) {
    for (let length = secret.length - 1; length >= MIN_CHARACTERS; length -= 1) {
      if (text.endsWith(secret.slice(0, length))) return text.slice(0, -length) + MASK;
    }
  }
  return text;
}
