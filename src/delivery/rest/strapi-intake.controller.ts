import { Body, Controller, Headers, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import { Audited } from '../../auth/audit.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { EventCatalogue } from '../../events/event-catalogue.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import type { PublishedBy } from '../model/published-by.js';
import { EventPublisher } from '../recording/event-publisher.js';
import { EventQuota } from '../recording/event-quota.js';
import type { KeyedEvent } from '../recording/publication.js';
import { lengthOfKey } from './publish-event.dto.js';
import { readStrapiBody, type StrapiBodyContext } from './strapi-body.js';
import { readSource, StrapiIntakeQuery } from './strapi-intake-query.dto.js';

/** The most bodies of one request. */
const MOST_BODIES = 500;

/** The names in the audit log: the body's own keys are Strapi's. */
const FIELDS = ['event'];

/** The id of a recorded event; null: Strapi's test, of which nothing is recorded. */
interface RecordedId {
  id: string | null;
}

const ONE = { type: 'object', properties: { event: { type: 'string' } }, required: ['event'] };

/** Takes the events of a Strapi that keeps its content, in the bodies of Strapi's own webhooks. */
@Controller('intake/strapi')
export class StrapiIntakeController {
  constructor(
    private readonly publisher: EventPublisher,
    private readonly catalogue: EventCatalogue,
    private readonly quota: EventQuota,
  ) {}

  /** Records the event of a body, or of up to 500 bodies in one transaction: all or none. */
  @Post()
  @Audited('event.publish', { isKeptElsewhere: true })
  @HttpCode(202)
  @RequiresScope('events:write')
  @ApiBody({
    description: 'A body as Strapi 3, 4 or 5 sends it to a webhook, or an array of them.',
    schema: { oneOf: [ONE, { type: 'array', minItems: 1, maxItems: MOST_BODIES, items: ONE }] },
  })
  async take(
    @Body() body: unknown,
    @Query() query: StrapiIntakeQuery,
    @Headers('idempotency-key') header: string | undefined,
    @CurrentCaller() caller: Caller,
  ): Promise<{ data: RecordedId | RecordedId[] }> {
    const source = readSource(query, caller);
    const context = { catalogue: this.catalogue, source, tenant: caller.tenant };
    const key = readKey(header, source);
    if (!Array.isArray(body)) {
      const read = readStrapiBody(body, '', context);
      if (read === null) return { data: { id: null } };
      this.quota.take(caller.tenant);
      const id = await this.publisher.publishOnce(read.event, key ?? read.fingerprint, publishedBy(caller));
      return { data: { id } };
    }
    return { data: await this.takeAll(body, context, key, caller) };
  }

  private async takeAll(
    bodies: readonly unknown[],
    context: StrapiBodyContext,
    key: string | null,
    caller: Caller,
  ): Promise<RecordedId[]> {
    if (bodies.length === 0 || bodies.length > MOST_BODIES) {
      throw RequestValidationError.at([], `An array must have 1 to ${MOST_BODIES} bodies`);
    }
    const read = bodies.map((body, index) => readStrapiBody(body, `[${index}]`, context));
    const events = read.flatMap((one): KeyedEvent[] =>
      one ? [{ event: one.event, key: one.fingerprint, by: publishedBy(caller) }] : [],
    );
    if (events.length === 0) return read.map(() => ({ id: null }));
    this.quota.take(caller.tenant, events.length);
    const ids = await this.publisher.publishAll(events, key, caller.tenant);
    const left = ids.values();
    return read.map((one) => ({ id: one ? (left.next().value ?? null) : null }));
  }
}

/** Two Strapis may choose the same keys. */
function readKey(header: string | undefined, source: string): string | null {
  if (header === undefined) return null;
  const problem = lengthOfKey(header, 'Idempotency-Key');
  if (problem !== null) throw RequestValidationError.at(['Idempotency-Key'], problem);
  return `${source}/${header}`;
}

function publishedBy({ tokenId, name, tenant }: Caller): PublishedBy {
  return { tokenId, tenant, tokenName: name, fields: FIELDS };
}
