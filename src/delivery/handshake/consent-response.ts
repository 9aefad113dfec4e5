/** The maximum of the database column. */
const MAX_RATE = 2_147_483_647;

/** Seconds before a receiver that did not consent is asked again; the last number repeats. */
const ASK_BACKOFF_S = [5, 30, 120, 600, 1_800, 3_600];

/** Characters of the receiver's own that a problem quotes. */
const MOST_QUOTED = 200;

/** The answer of a receiver to a handshake. */
export interface Consent {
  isGiven: boolean;
  /** The requests per minute that it allows; null: unlimited. */
  allowedRate: number | null;
  /** Why the answer is no consent, a sentence; null when it is one. */
  problem: string | null;
}

/**
 * Parses the answer to an OPTIONS request as CloudEvents' abuse protection specifies ("HTTP 1.1 Web Hooks for Event
 * Delivery" 1.0): consent is a `WebHook-Allowed-Origin` with our origin or `*`, whatever the status. A
 * `WebHook-Allowed-Rate` other than a whole number above 0 sets no limit, like `*`.
 *
 * @param headers with names in lower case
 * @param origin our own, as sent in `WebHook-Request-Origin`
 * @param redact masks the secrets in a text of the receiver's before the problem quotes it
 */
export function parseConsent(
  headers: Readonly<Record<string, unknown>>,
  origin: string,
  redact: (text: string) => string,
): Consent {
  const allowed = toText(headers['webhook-allowed-origin']);
  const none = { isGiven: false, allowedRate: null };
  if (allowed === null) {
    return { ...none, problem: 'Its answer has no WebHook-Allowed-Origin, so it is no consent.' };
  }
  const origins = allowed.split(',').map((one) => one.trim().toLowerCase());
  if (!origins.includes('*') && !origins.includes(origin.toLowerCase())) {
    return {
      ...none,
      problem: `It allows ${redact(allowed).slice(0, MOST_QUOTED)}, which is not ${origin}.`,
    };
  }
  const rate = Number(toText(headers['webhook-allowed-rate'])?.trim() || NaN);
  const isRate = Number.isInteger(rate) && rate > 0;
  return { isGiven: true, allowedRate: isRate ? Math.min(rate, MAX_RATE) : null, problem: null };
}

/**
 * Looks up the backoff before a receiver that did not consent is asked again.
 *
 * @param timesAsked so far, at least 1
 * @returns milliseconds
 */
export function getAskDelayMs(timesAsked: number): number {
  const index = Math.min(Math.max(timesAsked, 1), ASK_BACKOFF_S.length) - 1;
  return (ASK_BACKOFF_S[index] ?? 3_600) * 1_000;
}

function toText(value: unknown): string | null {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
