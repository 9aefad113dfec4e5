import type { HttpAgent } from './start-app.js';

/** A recovery as the API tells it, as far as tests look. */
export interface Recovery {
  id: string;
  kind: string;
  state: string;
  matched: number;
  done: number;
  createdAt: string;
  finishedAt: string | null;
}

async function ask(http: HttpAgent, path: string, body: object): Promise<{ id: string; matched: number }> {
  const response = await http.post(path).send(body).expect(202);
  return (response.body as { data: { id: string; matched: number } }).data;
}

/** How far a recovery has come. */
export async function progressOf(http: HttpAgent, id: string): Promise<Recovery> {
  const response = await http.get(`/admin/recoveries/${id}`).expect(200);
  return (response.body as { data: Recovery }).data;
}

/** Asks for another attempt of each delivery that a filter matches. */
export const redeliver = (http: HttpAgent, filter: object) =>
  ask(http, '/admin/deliveries/redeliver', { filter });

/** Asks for the deliveries of a webhook that failed or were missed. */
export const recover = (http: HttpAgent, webhookId: string, body: object) =>
  ask(http, `/admin/webhooks/${webhookId}/recover`, body);
