import { Controller, Get } from '@nestjs/common';
import { RequiresScope } from '../../auth/scopes.js';
import { EventCatalogue } from '../../events/event-catalogue.js';
import type { EventType } from '../../events/event-type.js';

interface EventTypeView extends Pick<EventType, 'name' | 'description' | 'schema' | 'example'> {
  /** The uids that `contentTypeEvents` can name for it; empty: none, or unknown. */
  contentTypes: readonly string[];
}

/** Lists the event types that a webhook can subscribe to. */
@Controller('admin/event-types')
export class EventTypesController {
  constructor(private readonly catalogue: EventCatalogue) {}

  @Get()
  @RequiresScope('webhooks:read')
  list(): { data: EventTypeView[] } {
    return {
      data: this.catalogue.all().map(({ name, description, schema, example, contentTypes = [] }) => ({
        name,
        description,
        schema,
        example,
        contentTypes,
      })),
    };
  }
}
