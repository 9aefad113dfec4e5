import { Controller, Get, Inject } from '@nestjs/common';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { EventCatalogue } from '../../events/event-catalogue.js';
import type { EventType } from '../../events/event-type.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from '../webhooks-options.js';

interface EventTypeView extends Pick<EventType, 'name' | 'description' | 'schema' | 'example'> {
  /** The uids that `contentTypeEvents` can name for it; empty: none, or unknown. */
  contentTypes: readonly string[];
}

/** Lists the event types that a webhook can subscribe to. */
@Controller('admin/event-types')
export class EventTypesController {
  constructor(
    private readonly catalogue: EventCatalogue,
    @Inject(WEBHOOKS_OPTIONS) private readonly options: WebhooksOptions,
  ) {}

  @Get()
  @RequiresScope('webhooks:read')
  list(@CurrentCaller() { tenant }: Caller): { data: EventTypeView[] } {
    const hidden = tenant === null ? [] : this.options.hiddenEvents;
    const shown = this.catalogue.all().filter(({ name }) => !hidden.includes(name));
    return {
      data: shown.map(({ name, description, schema, example, contentTypes = [] }) => ({
        name,
        description,
        schema,
        example,
        contentTypes,
      })),
    };
  }
}
