// A host that has declared its events. Compiled by `npm run typecheck`; each expected error is one that must be there.
import type { EntityManager } from 'typeorm';
import { WebhookEvent, type WebhookPublisher } from 'posthorn';

interface OrderShipped {
  order: number;
  carrier: string;
}

declare module 'posthorn' {
  interface WebhookEvents {
    'order.shipped': OrderShipped;
    'order.cancelled': { order: number };
  }
}

export async function right(manager: EntityManager, publisher: WebhookPublisher): Promise<void> {
  await publisher.publish(manager, { type: 'order.shipped', data: { order: 1, carrier: 'post' }, key: '1' });
  await publisher.publish({ type: 'order.cancelled', data: { order: 1 } });
  const event = new WebhookEvent({ type: 'order.shipped', data: { order: 1, carrier: 'post' } }, manager);
  const { carrier }: OrderShipped = event.data;
  void carrier;
}

export async function wrong(manager: EntityManager, publisher: WebhookPublisher): Promise<void> {
  // @ts-expect-error a key is missing
  await publisher.publish(manager, { type: 'order.shipped', data: { order: 1 } });
  // @ts-expect-error a value is of the wrong kind
  await publisher.publish(manager, { type: 'order.shipped', data: { order: '1', carrier: 'post' } });
  // @ts-expect-error another event's data
  await publisher.publish(manager, { type: 'order.cancelled', data: { order: 1, carrier: 'post' } });
  // @ts-expect-error nobody declared this type
  await publisher.publish(manager, { type: 'order.lost', data: { order: 1 } });
  // @ts-expect-error a key is missing
  void new WebhookEvent({ type: 'order.shipped', data: { order: 1 } }, manager);
  // @ts-expect-error nobody declared this type
  void new WebhookEvent({ type: 'order.lost', data: { order: 1 } }, manager);
}
