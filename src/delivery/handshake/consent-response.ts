/** What a receiver said when it was asked for its consent. */
export interface Consent {
  isGiven: boolean;
  /** The most requests a minute that it allows; null: no bound. */
  allowedRate: number | null;
  /** Why it is no consent, a sentence; null when it is one. */
  problem: string | null;
}

/**
 * Reads the answer to an OPTIONS request as CloudEvents' abuse protection says ("HTTP 1.1 Web Hooks for Event
 * Delivery" 1.0): consent is `WebHook-Allowed-Origin` with the origin that asked, or `*`. The status plays no part.
 * A `WebHook-Allowed-Rate` that is no whole number above 0 bounds nothing, like `*`.
 *
 * @param headers with names in lower case
 */
export function consentOf(headers: Readonly<Record<string, unknown>>, origin: string): Consent {
  const allowed = textOf(headers['webhook-allowed-origin']);
  const none = { isGiven: false, allowedRate: null };
  if (allowed === null) {
    return { ...none, problem: 'Its answer has no WebHook-Allowed-Origin, so it is no consent.' };
  }
  const origins = allowed.split(',').map((one) => one.trim().toLowerCase());
  if (!origins.includes('*') && !origins.includes(origin.toLowerCase())) {
    return { ...none, problem: `It allows ${allowed.slice(0, 200)}, which is not ${origin}.` };
  }
  const rate = Number(textOf(headers['webhook-allowed-rate'])?.trim() || NaN);
  const isRate = Number.isInteger(rate) && rate > 0;
  return { isGiven: true, allowedRate: isRate ? Math.min(rate, GREATEST_RATE) : null, problem: null };
}

/** What the column holds; more than anybody sends. */
const GREATEST_RATE = 2_147_483_647;

/** Seconds before a receiver that did not consent is asked again; the last holds for all further ones. */
const ASK_AGAIN_AFTER_S = [5, 30, 120, 600, 1_800, 3_600];

/** @param timesAsked so far, at least 1 */
export function askAgainAfterMs(timesAsked: number): number {
  const index = Math.min(Math.max(timesAsked, 1), ASK_AGAIN_AFTER_S.length) - 1;
  return (ASK_AGAIN_AFTER_S[index] ?? 3_600) * 1_000;
}

function textOf(value: unknown): string | null {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
