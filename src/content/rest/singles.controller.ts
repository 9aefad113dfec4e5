import { Body, Controller, Delete, Param, Put } from '@nestjs/common';
import type { JsonObject } from '../../events/json.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { ContentTypes } from '../content-types.js';
import { SingleEntries } from '../entries/single-entries.js';
import { answer, type Answer, typeOfKindAt } from './content-routes.js';

/** The entry of a single type; it is read where entries are. */
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
    return answer(await this.singles.save(typeOfKindAt(this.types, name, 'singleType'), body, caller));
  }

  @Delete()
  @RequiresScope('content:write')
  async remove(@Param('type') name: string, @CurrentCaller() caller: Caller): Promise<Answer<JsonObject>> {
    return answer(await this.singles.remove(typeOfKindAt(this.types, name, 'singleType'), caller));
  }
}
