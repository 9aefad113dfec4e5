import { findTenantProblem } from '../../auth/tenancy.js';
import {
  allOf,
  atMostCharacters,
  atMostItems,
  between,
  Check,
  each,
  objectWithoutEcho,
  ofType,
  Optional,
  orNull,
  required,
  type ValueCheck,
  whole,
} from '../../http/checks.js';
import { RawJson } from '../../http/raw-json.js';
import { Secret } from '../../http/secret-property.js';
import { FORMAT_NAMES } from '../formats/render-body.js';
import { type Include, INCLUDES } from '../formats/rendering.js';
import type { WebhookTls } from '../model/webhook-tls.js';
import type { ContentTypeEvents, Ordering } from '../model/webhook.entity.js';
import { findUrlProblem } from '../registrations/url-problem.js';
import type { WebhookInput } from '../registrations/webhook-input.js';

const A_WEEK_S = 604_800;

const aUrl: ValueCheck = (value) => findUrlProblem(value as string);
const aTenant: ValueCheck = (value) => findTenantProblem(value as string);
const aFormat: ValueCheck = (value) =>
  FORMAT_NAMES.includes(value as string) ? null : `format must be one of: ${FORMAT_NAMES.join(', ')}`;

const anOrdering: ValueCheck = (value) =>
  value === 'none' || value === 'entry' ? null : 'ordering must be one of: none, entry';

const anInclude: ValueCheck = (value, property) =>
  INCLUDES.includes(value as Include) ? null : `${property} must be one of: ${INCLUDES.join(', ')}`;

/** The body of `POST /admin/webhooks`. */
export class CreateWebhookBody implements WebhookInput {
  @Check(allOf(required, ofType('string'), atMostCharacters(255)))
  name!: string;

  @Check(allOf(required, ofType('string'), atMostCharacters(2048), aUrl))
  url!: string;

  /** A masked value keeps the stored one. */
  @Secret()
  @RawJson()
  @Check(allOf(required, objectWithoutEcho))
  headers!: Record<string, string>;

  @Check(allOf(required, ofType('array'), atMostItems(100), each(ofType('string'))))
  events!: string[];

  @RawJson()
  @Optional()
  @Check(ofType('object'))
  contentTypeEvents?: ContentTypeEvents;

  @Optional()
  @Check(allOf(ofType('string'), aFormat))
  format?: string;

  @Optional()
  @Check(allOf(ofType('number'), whole, between(1, 30_000, 'milliseconds')))
  timeoutMs?: number;

  @Optional()
  @Check(
    orNull(
      allOf(
        ofType('array'),
        atMostItems(100),
        each(allOf(ofType('number'), between(0, A_WEEK_S, 'seconds'))),
      ),
    ),
  )
  retrySchedule?: number[] | null;

  /** The rate limit, requests a second; null: no limit. */
  @Optional()
  @Check(orNull(allOf(ofType('number'), whole, between(1, 10_000, 'a second'))))
  rateLimit?: number | null;

  /** The concurrency limit, requests in flight; null: no limit. */
  @Optional()
  @Check(orNull(allOf(ofType('number'), whole, between(1, 1_000, 'requests'))))
  concurrency?: number | null;

  @Optional()
  @Check(allOf(ofType('string'), anOrdering))
  ordering?: Ordering;

  @Optional()
  @Check(orNull(allOf(ofType('string'), aTenant)))
  tenant?: string | null;

  /** PEM texts; null: none of its own. `WebhookRules` checks it: its messages do not show the private key. */
  @RawJson()
  @Optional()
  @Check(() => null)
  tls?: WebhookTls | null;

  /** Additions to the snapshot in bodies. */
  @Optional()
  @Check(allOf(ofType('array'), atMostItems(10), each(allOf(ofType('string'), anInclude))))
  include?: Include[];

  /** Whether the receiver must consent first (CloudEvents' abuse protection); only with the format `cloudevents`. */
  @Optional()
  @Check(ofType('boolean'))
  cloudEventsHandshake?: boolean;

  /** A CEL expression over an event; null: none. */
  @Optional()
  @Check(orNull(ofType('string')))
  filter?: string | null;

  /** Whether requests also carry `X-Hub-Signature-256`, for receivers that verify nothing else. */
  @Optional()
  @Check(ofType('boolean'))
  hubSignature?: boolean;
}

/** Takes any value: the route ignores the key, or checks it itself. */
const anything: ValueCheck = () => null;

/**
 * The body of `PUT /admin/webhooks/:id`. It replaces the webhook; optional fields that are left out are kept. What an
 * answer has beside them may be sent back: the server sets it, and it is ignored.
 */
export class ReplaceWebhookBody extends CreateWebhookBody {
  @Optional()
  @Check(ofType('boolean'))
  isEnabled?: boolean;

  /** The path's, if at all. */
  @Optional()
  @Check(anything)
  id?: unknown;

  @Optional()
  @Check(anything)
  disabledReason?: unknown;

  @Optional()
  @Check(anything)
  createdAt?: unknown;

  @Optional()
  @Check(anything)
  updatedAt?: unknown;

  @RawJson()
  @Optional()
  @Check(anything)
  health?: unknown;

  @RawJson()
  @Optional()
  @Check(anything)
  handshake?: unknown;
}

/** The body of `PATCH /admin/webhooks/:id`: what it names is changed, everything else is kept. */
export class PatchWebhookBody extends ReplaceWebhookBody {
  /** The fields that a `PUT` requires may be left out; TypeScript cannot say so of a subclass. */
  toChanges(): Partial<ReplaceWebhookBody> {
    return this;
  }
}

for (const field of ['name', 'url', 'headers', 'events']) Optional()(PatchWebhookBody.prototype, field);
