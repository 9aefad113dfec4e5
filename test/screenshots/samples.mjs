// Real events, sent by the real engine to a real receiver: what the day's history is made of.
import { eventually } from '../support/eventually.mjs';

const DOT = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

const HISTORY = ['attempts', 'deliveries', 'bodies', 'events', 'minutes', 'hours'].map(
  (name) => `webhook_${name}`,
);

const PLACES = [
  ['Paris', '75004', '10 rue de Rivoli'],
  ['Lyon', '69002', '4 place Bellecour'],
  ['Nantes', '44000', '2 allée Brancas'],
  ['Lille', '59800', '17 rue Esquermoise'],
];

/**
 * Changes content, waits until all of it was sent and counted, and takes it out of the history again.
 *
 * @returns the events, each with its model, snapshot, bodies by rendering and the deliveries that were made of it
 */
export async function sampleEvents({ baseUrl, call }, database) {
  const { id: category } = await call('POST', '/api/categories', { data: { name: 'Offices' } });
  const upload = new FormData();
  upload.append('files', new Blob([DOT], { type: 'image/gif' }), 'facade.gif');
  const answer = await fetch(`${baseUrl}/api/upload`, { method: 'POST', body: upload });
  if (!answer.ok) throw new Error(`The upload was answered with ${answer.status}.`);
  for (const [city, postal_code, street] of PLACES) {
    const data = { city, postal_code, full_name: `${street}, ${postal_code} ${city}`, category };
    const { id } = await call('POST', '/api/addresses', { data });
    await call('PUT', `/api/addresses/${id}`, {
      data: { full_name: `${street} bis, ${postal_code} ${city}` },
    });
    if (city === 'Lille') await call('DELETE', `/api/addresses/${id}`);
  }
  await eventually(() => {
    const { waiting } = database
      .prepare(
        `SELECT (SELECT COUNT(*) FROM webhook_events) - (SELECT SUM(events) FROM webhook_hours WHERE webhook_id = '')
              + (SELECT COUNT(*) FROM webhook_deliveries)
              - (SELECT SUM(succeeded) FROM webhook_hours WHERE webhook_id <> '')
              + (SELECT COUNT(*) FROM webhooks)
              - (SELECT COUNT(*) FROM webhook_health WHERE last_success_at IS NOT NULL) AS waiting`,
      )
      .get();
    if (waiting !== 0) throw new Error(`What is still to be sent and counted: ${waiting}.`);
  });
  const samples = readSamples(database);
  database.transaction(() => {
    for (const table of HISTORY) database.prepare(`DELETE FROM ${table}`).run();
  })();
  return samples;
}

function readSamples(database) {
  const bodiesOf = database.prepare('SELECT * FROM webhook_bodies WHERE event_id = ?');
  const deliveriesOf = database.prepare(
    `SELECT webhook_id, rendering, request_headers, response_headers FROM webhook_deliveries
     JOIN webhook_attempts ON delivery_id = id AND number = 1 WHERE event_id = ?`,
  );
  return database
    .prepare('SELECT * FROM webhook_events ORDER BY id')
    .all()
    .map((event) => ({ event, bodies: bodiesOf.all(event.id), deliveries: deliveriesOf.all(event.id) }));
}
