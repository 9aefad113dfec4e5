import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import type { JsonObject } from '../../events/webhook-event.js';
import { type Caller, CurrentCaller } from '../../http/caller.js';
import { NotFoundError } from '../../http/envelope-error.js';
import { RequiresScope } from '../../http/requires-scope.js';
import type { ContentType } from '../content-type.js';
import { ContentTypes } from '../content-types.js';
import { EntryChanges } from '../entries/entry-changes.js';
import { idIn } from '../entries/entry-id.js';
import { EntryReader } from '../entries/entry-reader.js';
import { checkedData } from '../validation/checked-data.js';
import { listQuery } from '../entries/list-query.js';

interface Answer<Data, Meta = Record<string, never>> {
  data: Data;
  meta: Meta;
}

interface ListMeta {
  pagination: { page: number; pageSize: number; pageCount: number; total: number };
}

/** The entries of every content type, under its plural name. */
@Controller('api/:plural')
export class EntriesController {
  constructor(
    private readonly types: ContentTypes,
    private readonly reader: EntryReader,
    private readonly changes: EntryChanges,
  ) {}

  @Get()
  @RequiresScope('content:read')
  async list(
    @Param('plural') plural: string,
    @Query() query: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject[], ListMeta>> {
    const type = this.typeOf(plural);
    const asked = listQuery(type, query);
    const { entries, total } = await this.reader.list(type, asked, caller.tenant);
    const pageCount = Math.ceil(total / asked.page.pageSize);
    return { data: entries, meta: { pagination: { ...asked.page, pageCount, total } } };
  }

  @Post()
  @RequiresScope('content:write')
  async create(
    @Param('plural') plural: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject>> {
    const type = this.typeOf(plural);
    return answer(await this.changes.create(type, checkedData(type, body, 'whole'), caller.tenant));
  }

  @Get(':id')
  @RequiresScope('content:read')
  async get(
    @Param('plural') plural: string,
    @Param('id') id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject>> {
    return answer(await this.reader.get(this.typeOf(plural), entryId(id), caller.tenant));
  }

  @Put(':id')
  @RequiresScope('content:write')
  async update(
    @Param('plural') plural: string,
    @Param('id') id: string,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject>> {
    const type = this.typeOf(plural);
    const data = checkedData(type, body, 'partial');
    return answer(await this.changes.update(type, entryId(id), data, caller.tenant));
  }

  @Delete(':id')
  @RequiresScope('content:write')
  async remove(
    @Param('plural') plural: string,
    @Param('id') id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject>> {
    return answer(await this.changes.remove(this.typeOf(plural), entryId(id), caller.tenant));
  }

  private typeOf(plural: string): ContentType {
    const type = this.types.byPlural(plural);
    if (!type) throw new NotFoundError();
    return type;
  }
}

function answer(data: JsonObject): Answer<JsonObject> {
  return { data, meta: {} };
}

function entryId(text: string): number {
  const id = idIn(text);
  if (id === null) throw new NotFoundError();
  return id;
}
