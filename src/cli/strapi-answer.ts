import type { StrapiWebhookRow } from '../webhooks/imports/strapi-webhook.js';
import type { StrapiWebhooks } from './strapi-webhooks.js';

/**
 * Parses the answer of Strapi's `GET /admin/webhooks`: `{data: […]}`, or the list alone.
 *
 * @throws {Error} when it is none, with the reason as a part of a sentence
 */
export function parseStrapiAnswer(text: string): StrapiWebhooks {
  const answer = parseJson(text);
  const list = isObject(answer) ? answer['data'] : answer;
  if (!Array.isArray(list)) throw new Error('it holds neither a list of webhooks nor {"data": [...]}');
  const rows = list.map((webhook: unknown, index) => {
    if (!isObject(webhook) || webhook['id'] === undefined || webhook['url'] === undefined) {
      throw new Error(`number ${index + 1} of its list is no webhook with id and url`);
    }
    return toRow(webhook);
  });
  // Only Strapi 5 has lists by content type.
  return { rows, isStrapi5: list.some((webhook) => isObject(webhook) && 'contentTypeEvents' in webhook) };
}

function toRow(webhook: Record<string, unknown>): StrapiWebhookRow {
  return {
    id: webhook['id'],
    name: webhook['name'],
    url: webhook['url'],
    headers: webhook['headers'],
    events: webhook['events'],
    enabled: webhook['isEnabled'],
    content_type_events: webhook['contentTypeEvents'],
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message shows a part of the file.
    throw new Error('it is neither a SQLite database nor JSON');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
