import { Body, Controller, Delete, Param, Put, UseGuards } from '@nestjs/common';
import type { JsonObject } from '../../events/json.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { ContentTypes } from '../content-types.js';
import { SingleEntries } from '../entries/single-entries.js';
import { toAnswer, type Answer, requireTypeOfKind } from './content-routes.js';
import { NoLocalesGuard } from './no-locales.guard.js';

/** Writing the entry of a single type; `EntriesController` reads it. */
@UseGuards(NoLocalesGuard)
@Controller('api/:type')
export class SinglesController {
  constructor(
    private readonly types: ContentTypes,
    private readonly singles: SingleEntries,
  ) {}

  @Put()
  @RequiresScope('content:write')
  async save(
    @Param('type') name: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject>> {
    return toAnswer(await this.singles.save(requireTypeOfKind(this.types, name, 'singleType'), body, caller));
  }

  @Delete()
  @RequiresScope('content:write')
  async remove(@Param('type') name: string, @CurrentCaller() caller: Caller): Promise<Answer<JsonObject>> {
    return toAnswer(await this.singles.remove(requireTypeOfKind(this.types, name, 'singleType'), caller));
  }
}
