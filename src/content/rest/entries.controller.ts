import { Body, Controller, Delete, Get, Param, Post, Put, Query, UseGuards } from '@nestjs/common';
import type { JsonObject } from '../../events/json.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { ContentTypes } from '../content-types.js';
import { EntryChanges } from '../entries/entry-changes.js';
import { EntryIds } from '../entries/entry-ids.js';
import { EntryReader } from '../entries/entry-reader.js';
import { parseListQuery, parseSingleQuery, parseStatus } from '../entries/list-query.js';
import { checkEntry } from '../validation/check-entry.js';
import { toAnswer, type Answer, requireType, requireTypeOfKind } from './content-routes.js';
import { NoLocalesGuard } from './no-locales.guard.js';

interface ListMeta {
  pagination: { page: number; pageSize: number; pageCount: number; total: number };
}

/**
 * The entries of collection types under their plural name, and reading the entry of a single type under its singular
 * name.
 */
@UseGuards(NoLocalesGuard)
@Controller('api/:type')
export class EntriesController {
  constructor(
    private readonly types: ContentTypes,
    private readonly reader: EntryReader,
    private readonly changes: EntryChanges,
    private readonly ids: EntryIds,
  ) {}

  @Get()
  @RequiresScope('content:read')
  async list(
    @Param('type') name: string,
    @Query() query: Record<string, unknown>,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject[], ListMeta> | Answer<JsonObject>> {
    const type = requireType(this.types, name);
    if (type.kind === 'singleType') {
      return toAnswer(await this.reader.getSingle(type, parseSingleQuery(query), caller.tenant));
    }
    const asked = parseListQuery(type, query, this.types);
    const { entries, total } = await this.reader.list(type, asked, caller.tenant);
    const pageCount = Math.ceil(total / asked.page.pageSize);
    return { data: entries, meta: { pagination: { ...asked.page, pageCount, total } } };
  }

  @Post()
  @RequiresScope('content:write')
  async create(
    @Param('type') name: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject>> {
    const type = requireTypeOfKind(this.types, name, 'collectionType');
    return toAnswer(await this.changes.create(type, checkEntry(type, body, 'whole'), caller));
  }

  @Get(':id')
  @RequiresScope('content:read')
  async get(
    @Param('type') name: string,
    @Param('id') id: string,
    @Query('status') status: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject>> {
    const type = requireTypeOfKind(this.types, name, 'collectionType');
    const version = parseStatus(status);
    const entryId = await this.ids.resolve(type, id, caller.tenant);
    return toAnswer(await this.reader.get(type, version, entryId, caller.tenant));
  }

  @Put(':id')
  @RequiresScope('content:write')
  async update(
    @Param('type') name: string,
    @Param('id') id: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject>> {
    const type = requireTypeOfKind(this.types, name, 'collectionType');
    const data = checkEntry(type, body, 'partial');
    const entryId = await this.ids.resolve(type, id, caller.tenant);
    return toAnswer(await this.changes.update(type, entryId, data, caller));
  }

  @Delete(':id')
  @RequiresScope('content:write')
  async remove(
    @Param('type') name: string,
    @Param('id') id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject>> {
    const type = requireTypeOfKind(this.types, name, 'collectionType');
    const entryId = await this.ids.resolve(type, id, caller.tenant);
    return toAnswer(await this.changes.remove(type, entryId, caller));
  }
}
