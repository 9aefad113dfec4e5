import { Body, Controller, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import type { JsonObject } from '../../events/json.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { ContentTypes } from '../content-types.js';
import { BulkChanges } from '../entries/bulk-changes.js';
import { checkBulkChanges, checkBulkCreation, checkBulkDeletion } from '../validation/bulk-data.js';
import { toAnswer, type Answer, requireTypeOfKind } from './content-routes.js';
import { NoLocalesGuard } from './no-locales.guard.js';

/** Bulk creation, update and deletion of entries, all or none. */
@UseGuards(NoLocalesGuard)
@Controller('api/:type')
export class BulkController {
  constructor(
    private readonly types: ContentTypes,
    private readonly bulk: BulkChanges,
  ) {}

  @Post('bulk-create')
  @RequiresScope('content:write')
  async create(
    @Param('type') name: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject[]>> {
    const type = requireTypeOfKind(this.types, name, 'collectionType');
    return toAnswer(await this.bulk.create(type, checkBulkCreation(type, body), caller));
  }

  @Post('bulk-update')
  @HttpCode(200)
  @RequiresScope('content:write')
  async update(
    @Param('type') name: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject[]>> {
    const type = requireTypeOfKind(this.types, name, 'collectionType');
    return toAnswer(await this.bulk.update(type, checkBulkChanges(type, body), caller));
  }

  @Post('bulk-delete')
  @HttpCode(200)
  @RequiresScope('content:write')
  async remove(
    @Param('type') name: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject[]>> {
    const type = requireTypeOfKind(this.types, name, 'collectionType');
    return toAnswer(await this.bulk.remove(type, checkBulkDeletion(body), caller));
  }
}
