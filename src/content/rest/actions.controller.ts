import { Controller, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import type { JsonObject } from '../../events/json.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { NotFoundError } from '../../http/envelope-error.js';
import { RequiresScope } from '../../auth/scopes.js';
import type { ContentType } from '../content-type.js';
import { ContentTypes } from '../content-types.js';
import { EntryIds } from '../entries/entry-ids.js';
import { type DraftFinder, EntryPublisher } from '../entries/entry-publisher.js';
import { lockEntry, requireEntry } from '../tables/find-entry.js';
import { SingleEntries } from '../entries/single-entries.js';
import { toAnswer, type Answer, requireTypeOfKind } from './content-routes.js';
import { NoLocalesGuard } from './no-locales.guard.js';

/** The actions publish, unpublish and discard-draft. */
@UseGuards(NoLocalesGuard)
@Controller('api/:type')
export class ActionsController {
  constructor(
    private readonly types: ContentTypes,
    private readonly publisher: EntryPublisher,
    private readonly singles: SingleEntries,
    private readonly ids: EntryIds,
  ) {}

  @Post(':id/actions/:action')
  @HttpCode(200)
  @RequiresScope('content:write')
  async act(
    @Param('type') name: string,
    @Param('id') id: string,
    @Param('action') action: string,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject>> {
    const type = requireTypeOfKind(this.types, name, 'collectionType');
    const entryId = await this.ids.resolve(type, id, caller.tenant);
    return this.perform(type, action, caller, async (manager) =>
      requireEntry(await lockEntry(manager, type, entryId, caller.tenant)),
    );
  }

  @Post('actions/:action')
  @HttpCode(200)
  @RequiresScope('content:write')
  async actOnSingle(
    @Param('type') name: string,
    @Param('action') action: string,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject>> {
    const type = requireTypeOfKind(this.types, name, 'singleType');
    return this.perform(type, action, caller, (manager) => this.singles.lock(manager, type, caller));
  }

  private async perform(
    type: ContentType,
    action: string,
    caller: Caller,
    find: DraftFinder,
  ): Promise<Answer<JsonObject>> {
    if (!type.draftAndPublish) throw new NotFoundError();
    switch (action) {
      case 'publish':
        return toAnswer(await this.publisher.publish(type, find, caller));
      case 'unpublish':
        return toAnswer(await this.publisher.unpublish(type, find, caller));
      case 'discard-draft':
        return toAnswer(await this.publisher.discardDraft(type, find, caller));
      default:
        throw new NotFoundError();
    }
  }
}
