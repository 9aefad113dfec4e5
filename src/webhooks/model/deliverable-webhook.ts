import type { Rendering } from '../formats/rendering.js';
import type { SigningSecret } from './webhook-secret.js';
import type { WebhookTls } from './webhook-tls.js';
import type { ContentTypeEvents, Ordering } from './webhook.entity.js';

/** A webhook as those see it who deliver to it. */
export interface DeliverableWebhook extends Rendering {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /**
   * Its own headers. Unsealed when read, as {@link secrets} are: reading throws `EncryptionError` where no key opens them.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** Catalogue names, `*` and `<prefix>.*`. */
  readonly events: readonly string[];
  /** What is wanted of single content types, beside {@link events}. */
  readonly contentTypeEvents: Readonly<ContentTypeEvents>;
  readonly isEnabled: boolean;
  /** Why it is disabled; null while it is enabled. */
  readonly disabledReason: string | null;
  /** How long a request may take in all, milliseconds. */
  readonly timeoutMs: number;
  /** Seconds before each retry; null: the deployment's schedule. */
  readonly retrySchedule: readonly number[] | null;
  /**
   * The most requests a second, over the whole deployment: its own limit or its receiver's, whichever is lower; null: no
   * limit.
   */
  readonly rateLimit: number | null;
  /** The most requests out at a time, over the whole deployment; null: no limit of its own. */
  readonly concurrency: number | null;
  /** `entry`: events of the same thing one after another, in the order of their commits. */
  readonly ordering: Ordering;
  /** Whose events it gets; null: everyone's. */
  readonly tenant: string | null;
  /** CEL over an event: only those that it is true of are delivered; null: all. */
  readonly filter: string | null;
  /** UTC epoch milliseconds. Older events are none of its. */
  readonly createdAt: number;
  /**
   * The signing secrets, newest first; see `selectActiveSecrets` for those that sign at a time. Unsealed when first read:
   * reading throws `EncryptionError` where no key opens them, so that one webhook's lost key is no other webhook's trouble.
   */
  readonly secrets: readonly SigningSecret[];
  /**
   * What its https connections are made with; null: nothing of its own. Unsealed when read, as {@link secrets} are.
   */
  readonly tls: WebhookTls | null;
  /** Its receiver has not consented yet: nothing is sent by subscription until it has. */
  readonly awaitsConsent: boolean;
  /** Whether requests carry `X-Hub-Signature-256` too, made with the newest secret. */
  readonly hubSignature: boolean;
}
