import { Controller, Get } from '@nestjs/common';
import { EventCatalogue, type EventType } from '../../events/event-catalogue.js';
import { RequiresScope } from '../../http/requires-scope.js';

type EventTypeView = Pick<EventType, 'name' | 'description' | 'schema' | 'example'>;

/** What a webhook can subscribe to. */
@Controller('admin/event-types')
export class EventTypesController {
  constructor(private readonly catalogue: EventCatalogue) {}

  @Get()
  @RequiresScope('webhooks:read')
  list(): { data: EventTypeView[] } {
    return {
      data: this.catalogue
        .all()
        .map(({ name, description, schema, example }) => ({ name, description, schema, example })),
    };
  }
}
