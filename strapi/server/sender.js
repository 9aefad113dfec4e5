'use strict';

/** A request that has no answer by then is sent again later, milliseconds. */
const PATIENCE_MS = 10_000;

/** Answers to what is wrong with this one event; it would be answered the same way again. */
const REFUSALS = [400, 409, 413, 415, 422];

/**
 * Makes the function that sends a row to Posthorn. It never throws.
 *
 * @returns {(row: {key: string, body: string}, signal: AbortSignal) => Promise<
 *   {is: 'sent'} | {is: 'refused', problem: string} | {is: 'failed', problem: string, retryAfterMs: number}>}
 */
function createSender(strapi, { url, token, source }) {
  const address = new URL('intake/strapi', url.endsWith('/') ? url : `${url}/`);
  if (source !== null) address.searchParams.set('source', source);
  return async ({ key, body }, signal) => {
    try {
      const answer = await strapi.fetch(address.href, {
        method: 'POST',
        body,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'idempotency-key': key,
        },
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
      });
      const text = await answer.text();
      if (answer.ok) return { is: 'sent' };
      const problem = `Posthorn answered ${answer.status}: ${readMessage(text)}`;
      if (REFUSALS.includes(answer.status)) return { is: 'refused', problem };
      return { is: 'failed', problem, retryAfterMs: readRetryAfter(answer.headers.get('retry-after')) };
    } catch (error) {
      const cause = error.cause?.message ? ` (${error.cause.message})` : '';
      return { is: 'failed', problem: `Posthorn did not answer: ${error.message}${cause}`, retryAfterMs: 0 };
    }
  };
}

function readMessage(text) {
  try {
    return String(JSON.parse(text).error.message);
  } catch {
    return text.slice(0, 200);
  }
}

/** Seconds; a date is answered by none of Posthorn's routes. */
function readRetryAfter(header) {
  return /^\d{1,5}$/.test(header ?? '') ? Number(header) * 1_000 : 0;
}

module.exports = { createSender };
