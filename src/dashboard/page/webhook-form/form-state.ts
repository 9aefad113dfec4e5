import type { Tls, Webhook, WebhookInput } from '../api/views.js';

/** A webhook as the form holds it: numbers that may be empty, lists that can be written to. */
export interface FormState {
  name: string;
  url: string;
  tenant: string;
  events: string[];
  contentTypeEvents: { uid: string; events: string[] }[];
  filter: string;
  format: string;
  include: string[];
  hubSignature: boolean;
  cloudEventsHandshake: boolean;
  tls: Required<Tls>;
  headers: { name: string; value: string }[];
  timeoutMs: number | '';
  rateLimit: number | '';
  concurrency: number | '';
  ordering: 'none' | 'entry';
  /** `5, 300, 1800` */
  retrySchedule: string;
}

export const NEW_WEBHOOK: FormState = {
  name: '',
  url: '',
  tenant: '',
  events: [],
  contentTypeEvents: [],
  filter: '',
  format: 'strapi-v3',
  include: [],
  hubSignature: false,
  cloudEventsHandshake: false,
  tls: { ca: '', certificate: '', key: '' },
  headers: [],
  timeoutMs: '',
  rateLimit: '',
  concurrency: '',
  ordering: 'none',
  retrySchedule: '',
};

/** What the form begins with for a webhook that there is. */
export function toFormState(webhook: Webhook): FormState {
  return {
    name: webhook.name,
    url: webhook.url,
    tenant: webhook.tenant ?? '',
    events: webhook.events,
    contentTypeEvents: Object.entries(webhook.contentTypeEvents).map(([uid, events]) => ({ uid, events })),
    filter: webhook.filter ?? '',
    format: webhook.format,
    include: webhook.include ?? [],
    hubSignature: webhook.hubSignature ?? false,
    cloudEventsHandshake: webhook.cloudEventsHandshake ?? false,
    tls: { ...NEW_WEBHOOK.tls, ...webhook.tls },
    headers: Object.entries(webhook.headers).map(([name, value]) => ({ name, value })),
    timeoutMs: webhook.timeoutMs,
    rateLimit: webhook.rateLimit ?? '',
    concurrency: webhook.concurrency ?? '',
    ordering: webhook.ordering,
    retrySchedule: webhook.retrySchedule?.join(', ') ?? '',
  };
}

/**
 * What is sent to the API. Strapi's four keys always; of the others only what was changed: what is left out is kept.
 *
 * @param before what the form began with
 */
export function toInput(form: FormState, before: FormState): WebhookInput {
  const { name, url, events } = form;
  const input: WebhookInput = { name, url: url.trim(), headers: toHeaders(form), events };
  const changed = (key: keyof FormState) => JSON.stringify(form[key]) !== JSON.stringify(before[key]);
  if (changed('contentTypeEvents')) input.contentTypeEvents = toContentTypeEvents(form);
  if (changed('tenant')) input.tenant = form.tenant.trim() || null;
  if (changed('filter')) input.filter = form.filter.trim() || null;
  if (changed('format')) input.format = form.format;
  if (changed('include')) input.include = form.include;
  if (changed('hubSignature')) input.hubSignature = form.hubSignature;
  if (changed('cloudEventsHandshake') && form.format === 'cloudevents')
    input.cloudEventsHandshake = form.cloudEventsHandshake;
  if (changed('tls')) input.tls = toTls(form);
  if (changed('timeoutMs') && form.timeoutMs !== '') input.timeoutMs = form.timeoutMs;
  if (changed('rateLimit')) input.rateLimit = form.rateLimit === '' ? null : form.rateLimit;
  if (changed('concurrency')) input.concurrency = form.concurrency === '' ? null : form.concurrency;
  if (changed('ordering')) input.ordering = form.ordering;
  if (changed('retrySchedule')) input.retrySchedule = readSchedule(form.retrySchedule) ?? null;
  return input;
}

/** The seconds that a schedule is written with; null where none is written, undefined where it cannot be read. */
export function readSchedule(text: string): number[] | null | undefined {
  if (text.trim() === '') return null;
  const seconds = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  return seconds.every((value) => Number.isFinite(value) && value >= 0) ? seconds : undefined;
}

function toHeaders({ headers }: FormState): Record<string, string> {
  const written = headers.filter(({ name, value }) => name.trim() !== '' || value !== '');
  return Object.fromEntries(written.map(({ name, value }) => [name.trim(), value]));
}

function toContentTypeEvents({ contentTypeEvents }: FormState): Record<string, string[]> {
  const written = contentTypeEvents.filter(({ uid }) => uid.trim() !== '');
  return Object.fromEntries(written.map(({ uid, events }) => [uid.trim(), events]));
}

/** What is written of it; null where nothing is. */
function toTls({ tls }: FormState): Tls | null {
  const written = Object.entries(tls).filter(([, text]) => text.trim() !== '');
  return written.length === 0 ? null : Object.fromEntries(written);
}

/** The faults that the API found, by the form's fields (`tls.key`, too); what belongs to none is under ''. */
export function faultsByField(
  faults: { path: string[]; message: string }[],
): Partial<Record<string, string>> {
  const byField: Partial<Record<string, string>> = {};
  for (const { path, message } of faults) {
    const field = fieldOf(path);
    byField[field] = byField[field] === undefined ? message : `${byField[field]}; ${message}`;
  }
  return byField;
}

function fieldOf([key, within]: string[]): string {
  if (key === undefined || !(key in NEW_WEBHOOK)) return '';
  return key === 'tls' && within !== undefined && within in NEW_WEBHOOK.tls ? `tls.${within}` : key;
}
