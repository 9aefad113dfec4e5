import type { DataSource } from 'typeorm';

/** Writes a person's data to every place of some events: key, snapshot, context, bodies, and what receivers answered. */
export async function markHistory(
  sql: Pick<DataSource, 'query'>,
  eventIds: readonly string[],
  { key, text }: { key: string; text: string },
): Promise<void> {
  for (const id of eventIds) {
    const data = JSON.stringify({ mail: text });
    await sql.query(
      'UPDATE webhook_events SET `key` = ?, model = ?, snapshot = ?, context = ? WHERE id = ?',
      [key, 'person', data, data, id],
    );
    await sql.query('UPDATE webhook_bodies SET body = ? WHERE event_id = ?', [data, id]);
    await markAnswers(sql, [id], text);
  }
}

/** Writes a text to what receivers answered to some events, and to the errors of their attempts. */
export async function markAnswers(
  sql: Pick<DataSource, 'query'>,
  eventIds: readonly string[],
  text: string,
): Promise<void> {
  for (const id of eventIds) {
    const answer = JSON.stringify({ said: text });
    await sql.query(
      `UPDATE webhook_attempts SET response_body = ?, response_headers = ?, request_headers = ?, error = ?
       WHERE delivery_id IN (SELECT id FROM webhook_deliveries WHERE event_id = ?)`,
      [answer, answer, answer, `answered ${text}`, id],
    );
  }
}
