import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Body, Controller, type INestApplication, Module, Post, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { DeliveryWorker } from '../../src/delivery/worker/delivery-worker.js';
import { webhookSignature } from '../../src/index.js';
import { describeOnAnyDatabase } from '../support/databases.js';
import { startReceiver } from '../../src/testing/receiver.js';
import { createWebhook, deliveries, publish } from '../support/webhooks.js';
import { useStage } from '../support/stage.js';

/** What the receiving application knows; filled in when the webhook is made. */
const known: { secrets: string[]; bodies: unknown[] } = { secrets: [], bodies: [] };

@Controller()
class HookController {
  @Post('hook')
  @UseGuards(webhookSignature({ secrets: () => known.secrets }))
  receive(@Body() body: unknown): string {
    known.bodies.push(body);
    return 'Thank you.';
  }
}

@Module({ controllers: [HookController] })
class ReceivingModule {}

async function startReceiving(rawBody: boolean): Promise<{ url: string; app: INestApplication }> {
  const app = await NestFactory.create(ReceivingModule, { rawBody, logger: false });
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  return { app, url: `http://127.0.0.1:${port}/hook` };
}

describeOnAnyDatabase('A receiver', (kind) => {
  const { app } = useStage(kind, { clock: 'system' });

  beforeEach(() => {
    known.secrets = [];
    known.bodies = [];
  });

  const deliver = async () => {
    await publish(app.http);
    await app.get<DeliveryWorker>(DeliveryWorker).runOnce();
  };
  const statuses = async () => (await deliveries(app.http)).map(({ lastStatusCode }) => lastStatusCode);

  it('with the guard lets through what its webhook signed, with either kind of key, and nothing else', async () => {
    const receiving = await startReceiving(true);
    const { id, secret } = await createWebhook(app.http, receiving.url);
    known.secrets = [secret];
    await deliver();
    expect(known.bodies).toEqual([expect.objectContaining({ event: 'order.shipped', data: { n: 1 } })]);

    const grace = { type: 'v1a', graceSeconds: 0 };
    const { body } = await app.http.post(`/admin/webhooks/${id}/secret/rotate`).send(grace).expect(200);
    await deliver();
    known.secrets = [body.data.publicKey];
    await deliver();
    expect(await statuses()).toEqual([201, 401, 201]);

    const text = await fetch(receiving.url, { method: 'POST', body: '{}' });
    expect(text.status).toBe(415);
    const headers = { 'content-type': 'application/json' };
    const forged = await fetch(receiving.url, { method: 'POST', body: '{}', headers });
    expect([forged.status, await forged.json()]).toEqual([
      401,
      expect.objectContaining({ message: 'The header webhook-id is not there.' }),
    ]);
    expect(known.bodies).toHaveLength(2);
    await receiving.app.close();
  });

  it('that keeps no raw body is told so by its own error, and lets nothing through', async () => {
    const receiving = await startReceiving(false);
    const { secret } = await createWebhook(app.http, receiving.url);
    known.secrets = [secret];
    await deliver();
    expect(await statuses()).toEqual([500]);
    expect(known.bodies).toEqual([]);
    await receiving.app.close();
  });

  it.each([
    ['standardwebhooks', StandardWebhook],
    ['svix', SvixWebhook],
  ])('verifies with %s, the old and the new secret alike during the grace time', async (_, Webhook) => {
    const receiver = await startReceiver();
    const { id, secret } = await createWebhook(app.http, receiver.url);
    const { body } = await app.http.post(`/admin/webhooks/${id}/secret/rotate`).expect(200);
    await deliver();
    const [request] = await receiver.received(1);
    for (const one of [secret, body.data.secret]) {
      expect(
        new Webhook(one).verify(request?.body ?? '', request?.headers as Record<string, string>),
      ).toMatchObject({
        event: 'order.shipped',
      });
    }
    await receiver.close();
  });
});
