/** The options of the webhooks module. */
export interface WebhooksOptions {
  /** The uids that `contentTypeEvents` may name: `api::address.address`. */
  contentTypeUids: readonly string[];
  /** Defaults for a webhook that does not set them. */
  defaults: {
    /** The timeout of a whole request, milliseconds. */
    timeoutMs: number;
  };
  /** The keys that encrypt secrets, 32 bytes each: the first, newest one encrypts, all of them decrypt. */
  secretsKeys: readonly Buffer[];
  /** Whether a webhook's URL must be https. */
  httpsOnly: boolean;
  /** Exceptions of the SSRF guard: CIDRs that webhooks may reach although they are private. */
  allowedNetworks: readonly string[];
  /** The `source` of `cloudevents` bodies: a URI reference. */
  cloudEventsSource: string;
  /** The most webhooks of a tenant; 0: no quota. */
  mostPerTenant: number;
  /** The fields that portal sessions may set. */
  portalMaySet: readonly string[];
  /** Event types that callers and webhooks with a tenant do not learn of, unless a webhook names one. */
  hiddenEvents: readonly string[];
}

/** The injection token of {@link WebhooksOptions}. */
export const WEBHOOKS_OPTIONS = Symbol.for('posthorn.webhooks-options');
