import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { describeOnAnyDatabase } from '../support/databases.js';
import { type ReceivedRequest } from '../../src/testing/receiver.js';
import { createWebhook } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const ENTRY_KEYS = [
  'id',
  'geolocation',
  'city',
  'postal_code',
  'category',
  'full_name',
  'created_at',
  'updated_at',
  'cover',
  'images',
];
const MEDIA_KEYS = [
  'id',
  'name',
  'hash',
  'sha256',
  'ext',
  'mime',
  'size',
  'url',
  'provider',
  'provider_metadata',
  'created_at',
  'updated_at',
  'related',
];

interface Payload {
  event: string;
  created_at: string;
  model?: string;
  entry?: Record<string, unknown>;
  media?: Record<string, unknown>;
}

describeOnAnyDatabase('What arrives', (kind) => {
  const { app, receiver } = useStage(kind, {
    settings: { delivery: { worker: true } },
    clock: 'system',
    isRestarted: true,
  });
  let secret: string;

  beforeEach(async () => {
    ({ secret } = await createWebhook(app.http, receiver.url));
  });

  const nth = async (n: number): Promise<Payload> => {
    const request = (await receiver.received(n))[n - 1] as ReceivedRequest;
    const headers = request.headers as Record<string, string>;
    new StandardWebhook(secret).verify(request.body.toString(), headers);
    new SvixWebhook(secret).verify(request.body.toString(), headers);
    expect(headers['x-strapi-event']).toBe(request.json<Payload>().event);
    return request.json<Payload>();
  };

  it('of an entry’s life are the three events, key for key and in order, signed', async () => {
    const made = await app.http
      .post('/api/addresses')
      .send({ data: { city: 'Paris', full_name: 'Paris' } })
      .expect(201);
    const { id } = (made.body as { data: { id: number } }).data;
    const created = await nth(1);
    expect(Object.keys(created)).toEqual(['event', 'created_at', 'model', 'entry']);
    expect(Object.keys(created.entry ?? {})).toEqual(ENTRY_KEYS);
    expect(created).toEqual({
      event: 'entry.create',
      created_at: expect.stringMatching(ISO),
      model: 'address',
      entry: {
        id,
        geolocation: {},
        city: 'Paris',
        postal_code: null,
        category: null,
        full_name: 'Paris',
        created_at: expect.stringMatching(ISO),
        updated_at: expect.stringMatching(ISO),
        cover: null,
        images: [],
      },
    });

    await app.http
      .put(`/api/addresses/${id}`)
      .send({ data: { postal_code: '75001' } })
      .expect(200);
    const updated = await nth(2);
    expect(Object.keys(updated.entry ?? {})).toEqual(ENTRY_KEYS);
    expect(updated).toMatchObject({
      event: 'entry.update',
      model: 'address',
      entry: { ...created.entry, postal_code: '75001', updated_at: expect.stringMatching(ISO) },
    });

    await app.http.delete(`/api/addresses/${id}`).expect(200);
    const deleted = await nth(3);
    expect(Object.keys(deleted.entry ?? {})).toEqual(ENTRY_KEYS);
    expect(deleted).toMatchObject({ event: 'entry.delete', model: 'address', entry: updated.entry });
  });

  it('of a file’s life are the two events, key for key and in order, signed', async () => {
    const made = await app.http
      .post('/api/upload')
      .attach('files', PNG, { filename: 'image.png', contentType: 'image/png' })
      .expect(201);
    const [{ id } = { id: 0 }] = made.body as { id: number }[];
    const created = await nth(1);
    expect(Object.keys(created)).toEqual(['event', 'created_at', 'media']);
    expect(Object.keys(created.media ?? {})).toEqual(MEDIA_KEYS);
    expect(created.media).toEqual({
      id,
      name: 'image.png',
      hash: expect.stringMatching(/^[0-9a-f]{32}$/),
      sha256: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      ext: '.png',
      mime: 'image/png',
      size: 0.07,
      url: expect.stringMatching(/^\/uploads\/[0-9a-f]{32}\.png$/),
      provider: 'local',
      provider_metadata: null,
      created_at: expect.stringMatching(ISO),
      updated_at: expect.stringMatching(ISO),
      related: [],
    });
    await app.http.delete(`/api/upload/files/${id}`).expect(200);
    const deleted = await nth(2);
    expect(Object.keys(deleted.media ?? {})).toEqual(MEDIA_KEYS);
    expect(deleted).toMatchObject({ event: 'media.delete', media: created.media });
  });
});
