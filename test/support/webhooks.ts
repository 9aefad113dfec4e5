import type { HttpAgent } from './start-app.js';

/** A webhook as the API tells it, as far as tests look. */
export interface MadeWebhook {
  id: string;
  secret: string;
}

/** Registers a webhook that gets everything unless told. */
export async function createWebhook(
  http: HttpAgent,
  url: string,
  more: Record<string, unknown> = {},
): Promise<MadeWebhook> {
  const response = await http
    .post('/admin/webhooks')
    .send({ name: 'receiver', url, headers: {}, events: ['*'], ...more })
    .expect(201);
  return (response.body as { data: MadeWebhook }).data;
}

/** Publishes a custom event and gives its id. */
export async function publish(
  http: HttpAgent,
  data: Record<string, unknown> = { n: 1 },
  more: Record<string, unknown> = {},
): Promise<string> {
  const response = await http
    .post('/admin/events')
    .send({ type: 'order.shipped', data, ...more })
    .expect(202);
  return (response.body as { data: { id: string } }).data.id;
}

/** A delivery as the API tells it, as far as tests look. */
export interface SeenDelivery {
  id: string;
  webhookId: string;
  eventId: string;
  event: string;
  state: string;
  reason: string | null;
  attemptCount: number;
  lastStatusCode: number | null;
  nextAttemptAt: string | null;
  finishedAt: string | null;
}

export interface SeenAttempt {
  number: number;
  trigger: string;
  startedAt: string;
  durationMs: number;
  url: string;
  statusCode: number | null;
  error: string | null;
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string> | null;
  responseBody: string | null;
  responseTruncated: boolean;
}

export interface SeenDeliveryDetail extends SeenDelivery {
  attempts: SeenAttempt[];
  request: { url: string; headers: Record<string, string>; body: string };
}

/** Lists deliveries, newest first. */
export async function deliveries(http: HttpAgent, query = ''): Promise<SeenDelivery[]> {
  const response = await http.get(`/admin/deliveries${query}`).expect(200);
  return (response.body as { data: SeenDelivery[] }).data;
}

/** One delivery with its attempts. */
export async function delivery(http: HttpAgent, id: string): Promise<SeenDeliveryDetail> {
  const response = await http.get(`/admin/deliveries/${id}`).expect(200);
  return (response.body as { data: SeenDeliveryDetail }).data;
}

/** The one delivery that there is. */
export async function onlyDelivery(http: HttpAgent): Promise<SeenDeliveryDetail> {
  const all = await deliveries(http);
  const [only] = all;
  if (all.length !== 1 || !only) throw new Error(`There are ${all.length} deliveries, not one.`);
  return delivery(http, only.id);
}
