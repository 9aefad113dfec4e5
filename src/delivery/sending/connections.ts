import { createHash } from 'node:crypto';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { Dispatcher } from 'undici';
import { BoundedMap } from '../../host/bounded-map.js';
import { InjectEmitter } from '../../host/tokens.js';
import { WebhookDeleted } from '../../events/webhook-signals.js';
import { AddressPolicy } from '../../webhooks/addresses/address-policy.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import type { WebhookTls } from '../../webhooks/model/webhook-tls.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { guardedAgent } from './ssrf-guarded-agent.js';
import { NAME_RESOLVER, type NameResolver } from './names/name-resolver.js';
import { proxiedAgent } from './proxied-agent.js';

/** The most webhooks whose own connections are kept; beyond it the least recently used are closed. */
export const MOST_OWN = 256;

/** What a webhook's connections are made with, and what tells it from another. */
interface Identity {
  tls: WebhookTls;
  fingerprint: string;
}

interface OwnConnections {
  fingerprint: string;
  dispatcher: Dispatcher;
}

/**
 * The connections that deliveries go out on: one set for all webhooks, and one for each that has authorities or a
 * certificate of its own, so that no connection is used under another's identity.
 */
@Injectable()
export class Connections implements OnModuleInit, OnApplicationShutdown {
  /** Those of every webhook without a TLS of its own. */
  readonly shared: Dispatcher;
  private readonly logger = new Logger('Connections');
  private readonly policy: AddressPolicy;
  /** The deployment's authorities beside the well-known ones; undefined: what Node trusts. */
  private readonly authorities: string[] | undefined;
  private readonly own = new BoundedMap<string, OwnConnections>(MOST_OWN, (evicted, webhookId) =>
    this.close(webhookId, evicted),
  );
  private readonly identities = new WeakMap<DeliverableWebhook, Identity | null>();

  constructor(
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    @Inject(NAME_RESOLVER) private readonly resolve: NameResolver,
    @InjectEmitter() private readonly emitter: EventEmitter2,
  ) {
    this.policy = new AddressPolicy(options.allowedNetworks);
    this.authorities = options.ca === null ? undefined : [...rootCertificates, options.ca];
    this.shared = this.connect(this.deploymentContext());
  }

  /** @throws {EncryptionError} when the webhook's private key cannot be opened */
  for(webhook: DeliverableWebhook): Dispatcher {
    const identity = this.identityOf(webhook);
    const before = this.own.get(webhook.id);
    if (identity && before?.fingerprint === identity.fingerprint) return before.dispatcher;
    if (before) this.forget(webhook.id);
    if (!identity) return this.shared;
    const dispatcher = this.connect(this.contextOf(identity.tls));
    this.own.set(webhook.id, { fingerprint: identity.fingerprint, dispatcher });
    return dispatcher;
  }

  onModuleInit(): void {
    this.emitter.on(WebhookDeleted.signal, this.onDeleted);
  }

  async onApplicationShutdown(): Promise<void> {
    this.emitter.off(WebhookDeleted.signal, this.onDeleted);
    const own = [...this.own.values()].map(({ dispatcher }) => dispatcher);
    this.own.clear();
    await Promise.all([this.shared, ...own].map((dispatcher) => dispatcher.destroy()));
  }

  private readonly onDeleted = ({ webhookId }: WebhookDeleted): void => this.forget(webhookId);

  private forget(webhookId: string): void {
    const connections = this.own.get(webhookId);
    if (!connections) return;
    this.own.delete(webhookId);
    this.close(webhookId, connections);
  }

  /** Closes a webhook's own connections as soon as what is out on them has ended. */
  private close(webhookId: string, { dispatcher }: OwnConnections): void {
    dispatcher.close().catch((error: unknown) => {
      this.logger.warn(`Connections of webhook ${webhookId} could not be closed: ${String(error)}`);
    });
  }

  /** Opening a sealed key and hashing cost more than a request, so it is done once per reading of the webhook. */
  private identityOf(webhook: DeliverableWebhook): Identity | null {
    let identity = this.identities.get(webhook);
    if (identity === undefined) {
      const { tls } = webhook;
      identity = tls && { tls, fingerprint: fingerprintOf(tls) };
      this.identities.set(webhook, identity);
    }
    return identity;
  }

  private connect(secureContext: SecureContext | undefined): Dispatcher {
    const { policy, resolve } = this;
    const proxy = this.options.egressProxy;
    if (proxy === null) return guardedAgent({ policy, resolve, secureContext });
    return proxiedAgent({ proxy, policy, secureContext, proxySecureContext: this.deploymentContext() });
  }

  private deploymentContext(): SecureContext | undefined {
    return this.authorities && createSecureContext({ ca: this.authorities });
  }

  private contextOf({ ca, certificate, key }: WebhookTls): SecureContext {
    return createSecureContext({ ca: ca ?? this.authorities, cert: certificate, key });
  }
}

function fingerprintOf({ ca, certificate, key }: WebhookTls): string {
  return createHash('sha256')
    .update(JSON.stringify([ca, certificate, key]))
    .digest('base64');
}
