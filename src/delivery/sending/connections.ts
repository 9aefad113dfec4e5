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
import { NAME_RESOLVER, type NameResolver } from './names/name-resolver.js';

/** The most webhooks whose own connections are kept open; beyond it the least recently used are closed. */
export const MAX_OWN_CONNECTIONS = 256;

/** The injection token of what makes connections. */
export const AGENTS = Symbol.for('posthorn.agents');

/** The TLS settings of a webhook's own connections, with their hash. */
interface Identity {
  tls: WebhookTls;
  fingerprint: string;
}

interface OwnConnections {
  fingerprint: string;
  dispatcher: Dispatcher;
}

/**
 * The connection pools of deliveries: a shared one, and one for each webhook with its own certificate authorities or
 * client certificate, so that no connection is used under the identity of another webhook.
 */
@Injectable()
export class Connections implements OnModuleInit, OnApplicationShutdown {
  /** The pool of every webhook without TLS settings. */
  readonly shared: Dispatcher;
  private readonly logger = new Logger('Connections');
  private readonly policy: AddressPolicy;
  /** The well-known certificate authorities and the deployment's own; undefined: Node's default. */
  private readonly authorities: string[] | undefined;
  private readonly own = new BoundedMap<string, OwnConnections>(MAX_OWN_CONNECTIONS, (evicted, webhookId) =>
    this.close(webhookId, evicted),
  );
  private readonly identities = new WeakMap<DeliverableWebhook, Identity | null>();

  constructor(
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    @Inject(NAME_RESOLVER) private readonly resolve: NameResolver,
    @InjectEmitter() private readonly emitter: EventEmitter2,
    @Inject(AGENTS) private readonly agents: typeof import('./agents.js'),
  ) {
    this.policy = new AddressPolicy(options.allowedNetworks);
    this.authorities = options.ca === null ? undefined : [...rootCertificates, options.ca];
    this.shared = this.connect(this.createDeploymentContext());
  }

  /**
   * Gets the connection pool of a webhook.
   *
   * @throws {EncryptionError} when the webhook's private key cannot be decrypted
   */
  getDispatcher(webhook: DeliverableWebhook): Dispatcher {
    const identity = this.identify(webhook);
    const before = this.own.get(webhook.id);
    if (identity && before?.fingerprint === identity.fingerprint) {
      return before.dispatcher;
    }
    if (before) this.closeOwn(webhook.id);
    if (!identity) return this.shared;
    const dispatcher = this.connect(this.createContext(identity.tls));
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

  private readonly onDeleted = ({ webhookId }: WebhookDeleted): void => this.closeOwn(webhookId);

  /** Closes a webhook's own connections after their requests in flight have ended. */
  private closeOwn(webhookId: string): void {
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

  /** Cached for each loaded webhook object, because decrypting the key and hashing cost more than a request. */
  private identify(webhook: DeliverableWebhook): Identity | null {
    let identity = this.identities.get(webhook);
    if (identity === undefined) {
      const { tls } = webhook;
      identity = tls && { tls, fingerprint: hashTls(tls) };
      this.identities.set(webhook, identity);
    }
    return identity;
  }

  private connect(secureContext: SecureContext | undefined): Dispatcher {
    const { policy, resolve } = this;
    const proxy = this.options.egressProxy;
    if (proxy === null) return this.agents.createSsrfGuardedAgent({ policy, resolve, secureContext });
    return this.agents.createProxiedAgent({
      proxy,
      policy,
      secureContext,
      proxySecureContext: this.createDeploymentContext(),
    });
  }

  private createDeploymentContext(): SecureContext | undefined {
    return this.authorities && createSecureContext({ ca: this.authorities });
  }

  private createContext({ ca, certificate, key }: WebhookTls): SecureContext {
    return createSecureContext({ ca: ca ?? this.authorities, cert: certificate, key });
  }
}

function hashTls({ ca, certificate, key }: WebhookTls): string {
  return createHash('sha256')
    .update(JSON.stringify([ca, certificate, key]))
    .digest('base64');
}
