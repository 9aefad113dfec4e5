/** What the room of webhooks must be told. */
export interface WebhooksOptions {
  /** The content types that `contentTypeEvents` may name: `api::address.address`. */
  contentTypeUids: readonly string[];
  /** What a webhook gets that does not say itself. */
  defaults: {
    /** How long a request may take in all, milliseconds. */
    timeoutMs: number;
  };
  /** Keys of 32 bytes that seal signing secrets: the newest, first, seals; all open. */
  secretsKeys: readonly Buffer[];
  /** Whether a webhook's URL must be https. */
  httpsOnly: boolean;
  /** CIDRs that webhooks may reach though they are private. */
  allowedNetworks: readonly string[];
  /** What `cloudevents` bodies name as their source: a URI reference. */
  cloudEventsSource: string;
}

/** The token of {@link WebhooksOptions}. */
export const WEBHOOKS_OPTIONS = Symbol('WEBHOOKS_OPTIONS');
