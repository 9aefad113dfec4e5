import type { Rendering } from '../formats/rendering.js';
import type { SigningSecret } from './webhook-secret.js';
import type { WebhookTls } from './webhook-tls.js';
import type { ContentTypeEvents, Ordering } from './webhook.entity.js';

/** A webhook, as delivery sees it. */
export interface DeliverableWebhook extends Rendering {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /**
   * The webhook's own request headers. Decrypted at the first read, as {@link secrets} are: reading throws
   * `EncryptionError` where no key decrypts them.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** Names of event types, `*` and `<prefix>.*`. */
  readonly events: readonly string[];
  /** Event types that `*` and `<prefix>.*` do not match; absent: none. */
  readonly hiddenEvents?: readonly string[];
  /** Subscriptions to events of single content types, beside {@link events}. */
  readonly contentTypeEvents: Readonly<ContentTypeEvents>;
  readonly isEnabled: boolean;
  /** Why it is disabled; null while it is enabled. */
  readonly disabledReason: string | null;
  /** The timeout of a whole request, milliseconds. */
  readonly timeoutMs: number;
  /** Seconds before each retry; null: the deployment's schedule. */
  readonly retrySchedule: readonly number[] | null;
  /**
   * The rate limit over the whole deployment, requests a second: the lower one of its own and its receiver's; null: no
   * limit.
   */
  readonly rateLimit: number | null;
  /** The concurrency limit over the whole deployment, requests in flight; null: no limit of its own. */
  readonly concurrency: number | null;
  /** `entry`: events of the same thing are sent one after another, in the order of their commits. */
  readonly ordering: Ordering;
  /** The tenant whose events it gets; null: those of every tenant. */
  readonly tenant: string | null;
  /** A CEL expression over an event: only events that it is true for are delivered; null: all. */
  readonly filter: string | null;
  /** Null or absent: the filter is obeyed. A time: it is suspended, and every event passes. */
  readonly filterSuspendedAt?: number | null;
  /** UTC epoch milliseconds. It gets no events from before. */
  readonly createdAt: number;
  /** When it was saved last, UTC epoch milliseconds; absent: never since it was created. */
  readonly updatedAt?: number;
  /**
   * The signing secrets, newest first, expired ones included (`selectActiveSecrets` leaves those out). Decrypted at the
   * first read: reading throws `EncryptionError` where no key decrypts them, so a lost key affects only its webhooks.
   */
  readonly secrets: readonly SigningSecret[];
  /** TLS settings of its https connections; null: none of its own. Decrypted at each read. */
  readonly tls: WebhookTls | null;
  /** Whether no key of this instance opens one of its secret values, so that nothing can be sent to it from here. */
  readonly hasLostKey: boolean;
  /** Whether its receiver has still to consent: until then its subscribed events are not sent. */
  readonly awaitsConsent: boolean;
  /** Whether requests also carry `X-Hub-Signature-256`, made with the newest secret. */
  readonly hubSignature: boolean;
}
