import assert from 'node:assert/strict';

const OPEN = /The desk is open at (\S+)/;
const AS_ADMIN = { headers: { authorization: 'Bearer the-token-of-a-desk' } };

/** What a CommonJS host on NestJS 11, without an emitter and a schedule of its own, must see. */
export async function nest11({ start, receiver, step }) {
  let desk;
  const env = { ADMIN_TOKEN: 'the-token-of-a-desk' };

  await step('starts against MySQL, loaded by require()', async () => {
    desk = await start(env, OPEN);
  });

  await step('Posthorn’s own tokens open the admin routes', async () => {
    assert.equal((await desk.call('GET', '/admin/webhooks')).status, 401);
    const body = { name: 'crm', url: receiver.url, headers: {}, events: ['*'] };
    const made = await desk.call('POST', '/admin/webhooks', { ...AS_ADMIN, body });
    assert.equal(made.status, 201, made.text);
  });

  await step('a ticket that is committed arrives; one that is rolled back does not', async () => {
    assert.equal((await desk.call('POST', '/tickets?fail')).status, 500);
    assert.equal((await desk.call('POST', '/tickets')).status, 201);
    const [body] = await receiver.received(1);
    assert.equal(body.event, 'ticket.opened');
    assert.equal(receiver.bodies().length, 1);
  });

  await step('killed and started again, it finds its tables as they are', async () => {
    await desk.kill();
    desk = await start(env, OPEN);
    assert.equal((await desk.call('POST', '/tickets')).status, 201);
    await receiver.received(2);
    const history = await desk.call('GET', '/admin/deliveries?state=succeeded', AS_ADMIN);
    assert.equal(history.status, 200, history.text);
  });
}
