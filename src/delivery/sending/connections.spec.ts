import { EventEmitter2 } from '@nestjs/event-emitter';
import type { Dispatcher } from 'undici';
import { CERTIFICATES } from '../../../test/support/certificates.js';
import { WebhookDeleted } from '../../events/webhook-signals.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import type { WebhookTls } from '../../webhooks/model/webhook-tls.js';
import type { DeliveryOptions } from '../options/delivery-options.js';
import * as agents from './agents.js';
import { Connections, MAX_OWN_CONNECTIONS } from './connections.js';

const { authority, stranger } = CERTIFICATES;
const OPTIONS = { allowedNetworks: [], egressProxy: null, ca: null } as unknown as DeliveryOptions;
const webhook = (id: string, tls: WebhookTls | null) => ({ id, tls }) as DeliverableWebhook;
const isClosed = (dispatcher: Dispatcher) => (dispatcher as Dispatcher & { closed: boolean }).closed;

let emitter: EventEmitter2;

describe('Connections', () => {
  let connections: Connections;

  beforeEach(() => {
    emitter = new EventEmitter2();
    connections = new Connections(OPTIONS, async () => [], emitter, agents);
    connections.onModuleInit();
  });

  afterEach(() => connections.onApplicationShutdown());

  it('are shared by webhooks without a TLS of their own', () => {
    expect(connections.getDispatcher(webhook('a', null))).toBe(connections.shared);
    expect(connections.getDispatcher(webhook('b', null))).toBe(connections.shared);
  });

  it('are kept while the content is the same, however often it is read', () => {
    const first = connections.getDispatcher(webhook('a', { ca: authority }));
    expect(first).not.toBe(connections.shared);
    expect(connections.getDispatcher(webhook('a', { ca: authority }))).toBe(first);
    expect(connections.getDispatcher(webhook('b', { ca: authority }))).not.toBe(first);
    expect(isClosed(first)).toBe(false);
  });

  it.each<[string, (own: Connections) => void]>([
    ['changes', (own) => own.getDispatcher(webhook('a', { ca: stranger }))],
    ['is removed', (own) => own.getDispatcher(webhook('a', null))],
    ['goes with its webhook', () => emitter.emit(WebhookDeleted.signal, new WebhookDeleted('a'))],
  ])('are closed when it %s', (_, change) => {
    const before = connections.getDispatcher(webhook('a', { ca: authority }));
    change(connections);
    expect(isClosed(before)).toBe(true);
    expect(connections.getDispatcher(webhook('a', { ca: authority }))).not.toBe(before);
  });

  it('are bounded: those that were not used for longest are closed', () => {
    const all = Array.from({ length: MAX_OWN_CONNECTIONS }, (_, n) =>
      connections.getDispatcher(webhook(`${n}`, { ca: authority })),
    );
    connections.getDispatcher(webhook('0', { ca: authority }));
    connections.getDispatcher(webhook('one more', { ca: authority }));
    expect(all.map(isClosed)).toEqual(all.map((_, n) => n === 1));
  });

  it('are looked at for a private key once per reading of the webhook', () => {
    let opened = 0;
    const read = Object.defineProperty(webhook('a', null), 'tls', {
      get: () => {
        opened += 1;
        return { ca: authority };
      },
    });
    connections.getDispatcher(read);
    connections.getDispatcher(read);
    expect(opened).toBe(1);
  });
});
