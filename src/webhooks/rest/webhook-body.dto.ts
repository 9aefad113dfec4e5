import { Secret } from '../../http/secret-property.js';
import { tenantProblem } from '../../auth/tenancy.js';
import { Verbatim } from '../../http/raw-json.js';
import { FORMAT_NAMES } from '../formats/render-body.js';
import { type Include, INCLUDES } from '../formats/rendering.js';
import { urlProblem } from '../registrations/url-problem.js';
import type { WebhookInput } from '../registrations/webhook-input.js';
import type { WebhookTls } from '../tls/webhook-tls.js';
import type { ContentTypeEvents, Ordering } from '../webhook.entity.js';
import {
  anUnseenObject,
  atMostCharacters,
  atMostItems,
  between,
  type Check,
  each,
  inOrder,
  MayBeLeftOut,
  ofType,
  orNull,
  Passes,
  required,
  whole,
} from '../../http/checks.js';

const A_WEEK_S = 604_800;

const aUrl: Check = (value) => urlProblem(value as string);
const aTenant: Check = (value) => tenantProblem(value as string);
const aFormat: Check = (value) =>
  FORMAT_NAMES.includes(value as string) ? null : `format must be one of: ${FORMAT_NAMES.join(', ')}`;

const anOrdering: Check = (value) =>
  value === 'none' || value === 'entry' ? null : 'ordering must be one of: none, entry';

const anInclude: Check = (value, property) =>
  INCLUDES.includes(value as Include) ? null : `${property} must be one of: ${INCLUDES.join(', ')}`;

/** The body of `POST /admin/webhooks`. */
export class CreateWebhookBody implements WebhookInput {
  @Passes(inOrder(required, ofType('string'), atMostCharacters(255)))
  name!: string;

  @Passes(inOrder(required, ofType('string'), atMostCharacters(2048), aUrl))
  url!: string;

  /** A value that is masked where it is shown may come back so, and is kept. */
  @Secret()
  @Verbatim()
  @Passes(inOrder(required, anUnseenObject))
  headers!: Record<string, string>;

  @Passes(inOrder(required, ofType('array'), atMostItems(100), each(ofType('string'))))
  events!: string[];

  @Verbatim()
  @MayBeLeftOut()
  @Passes(ofType('object'))
  contentTypeEvents?: ContentTypeEvents;

  @MayBeLeftOut()
  @Passes(inOrder(ofType('string'), aFormat))
  format?: string;

  @MayBeLeftOut()
  @Passes(inOrder(ofType('number'), whole, between(1, 30_000, 'milliseconds')))
  timeoutMs?: number;

  @MayBeLeftOut()
  @Passes(
    orNull(
      inOrder(
        ofType('array'),
        atMostItems(100),
        each(inOrder(ofType('number'), between(0, A_WEEK_S, 'seconds'))),
      ),
    ),
  )
  retrySchedule?: number[] | null;

  /** The most requests a second; null: no limit. */
  @MayBeLeftOut()
  @Passes(orNull(inOrder(ofType('number'), whole, between(1, 10_000, 'a second'))))
  rateLimit?: number | null;

  /** The most requests out at a time; null: no limit. */
  @MayBeLeftOut()
  @Passes(orNull(inOrder(ofType('number'), whole, between(1, 1_000, 'requests'))))
  concurrency?: number | null;

  @MayBeLeftOut()
  @Passes(inOrder(ofType('string'), anOrdering))
  ordering?: Ordering;

  @MayBeLeftOut()
  @Passes(orNull(inOrder(ofType('string'), aTenant)))
  tenant?: string | null;

  /** PEM texts; null: nothing of its own. Judged by the webhook's rules, which tell nothing of it back. */
  @Verbatim()
  @MayBeLeftOut()
  @Passes(() => null)
  tls?: WebhookTls | null;
  /** What bodies have beside the snapshot. */
  @MayBeLeftOut()
  @Passes(inOrder(ofType('array'), atMostItems(10), each(inOrder(ofType('string'), anInclude))))
  include?: Include[];

  /** Whether the receiver must consent first; only with the format `cloudevents`. */
  @MayBeLeftOut()
  @Passes(ofType('boolean'))
  cloudEventsHandshake?: boolean;

  /** CEL over an event; null: none. */
  @MayBeLeftOut()
  @Passes(orNull(ofType('string')))
  filter?: string | null;
  /** Whether requests carry `X-Hub-Signature-256` too, for receivers that know nothing else. */
  @MayBeLeftOut()
  @Passes(ofType('boolean'))
  hubSignature?: boolean;
}

/** The body of `PUT /admin/webhooks/:id`: whole; what is optional is kept when left out. */
export class ReplaceWebhookBody extends CreateWebhookBody {
  @MayBeLeftOut()
  @Passes(ofType('boolean'))
  isEnabled?: boolean;
}
