import { Controller, Get } from '@nestjs/common';
import { EventCatalogue } from '../../events/event-catalogue.js';
import { type EventType } from '../../events/event-type.js';
import { RequiresScope } from '../../auth/scopes.js';

interface EventTypeView extends Pick<EventType, 'name' | 'description' | 'schema' | 'example'> {
  /** The uids that `contentTypeEvents` can name for it; empty: none, or nobody knows. */
  contentTypes: readonly string[];
}

/** What a webhook can subscribe to. */
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
