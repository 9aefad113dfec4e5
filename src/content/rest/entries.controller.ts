import {
  Body,
  Controller,
  Delete,
  Get,
  Param,
  Post,
  Put,
  Query,
  Res,
  UploadedFiles,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type { Response } from 'express';
import type { JsonObject } from '../../events/json.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { ContentTypes } from '../content-types.js';
import { EntryChanges } from '../entries/entry-changes.js';
import { EntryIds } from '../entries/entry-ids.js';
import { FormEntries } from '../entries/form-entries.js';
import type { FormFile } from '../entry-media.js';
import { EntryReader } from '../entries/entry-reader.js';
import { parseSelection, selectFromEntry } from '../entries/entry-selection.js';
import { parseListQuery, parseSingleQuery, parseStatus } from '../entries/list-query.js';
import { EntryAnswers } from '../serialization/entry-answers.js';
import { checkEntry } from '../validation/check-entry.js';
import { answerRemoval, toAnswer, type Answer, requireType, requireTypeOfKind } from './content-routes.js';
import { EntryFormInterceptor } from './entry-form.interceptor.js';
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
    private readonly forms: FormEntries,
    private readonly answers: EntryAnswers,
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
      const version = parseSingleQuery(query);
      const shown = parseSelection(this.types, type, query);
      return toAnswer(await this.reader.getSingle(type, version, caller.tenant, shown));
    }
    const asked = parseListQuery(type, query, this.types);
    const shown = parseSelection(this.types, type, query);
    const { entries, total } = await this.reader.list(type, asked, caller.tenant, shown);
    const pageCount = Math.ceil(total / asked.page.pageSize);
    return { data: entries, meta: { pagination: { ...asked.page, pageCount, total } } };
  }

  /** Creates an entry from JSON, or from a form with `data` as JSON and files in `files.<attribute>`. */
  @Post()
  @RequiresScope('content:write')
  @UseInterceptors(EntryFormInterceptor)
  async create(
    @Param('type') name: string,
    @UploadedFiles() files: FormFile[] | undefined,
    @Body() body: unknown,
    @Query('fields') fields: unknown,
    @Query('populate') populate: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject>> {
    try {
      const type = requireTypeOfKind(this.types, name, 'collectionType');
      const shown = parseSelection(this.types, type, { fields, populate });
      const entry = files
        ? await this.forms.create(type, body, files, caller)
        : await this.changes.create(type, checkEntry(type, body, 'whole'), caller);
      return toAnswer(selectFromEntry(entry, type, shown));
    } finally {
      if (files) await this.forms.discard(files);
    }
  }

  @Get(':id')
  @RequiresScope('content:read')
  async get(
    @Param('type') name: string,
    @Param('id') id: string,
    @Query('status') status: unknown,
    @Query('fields') fields: unknown,
    @Query('populate') populate: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject>> {
    const type = requireTypeOfKind(this.types, name, 'collectionType');
    const version = parseStatus(status);
    const shown = parseSelection(this.types, type, { fields, populate });
    const entryId = await this.ids.resolve(type, id, caller.tenant);
    return toAnswer(await this.reader.get(type, version, entryId, caller.tenant, shown));
  }

  /** Changes an entry by JSON, or by a form as {@link create} takes it: its files are added to an attribute with several. */
  @Put(':id')
  @RequiresScope('content:write')
  @UseInterceptors(EntryFormInterceptor)
  async update(
    @Param('type') name: string,
    @Param('id') id: string,
    @UploadedFiles() files: FormFile[] | undefined,
    @Body() body: unknown,
    @Query('fields') fields: unknown,
    @Query('populate') populate: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject>> {
    try {
      const type = requireTypeOfKind(this.types, name, 'collectionType');
      const shown = parseSelection(this.types, type, { fields, populate });
      const data = files ? null : checkEntry(type, body, 'partial');
      const entryId = await this.ids.resolve(type, id, caller.tenant);
      const entry = data
        ? await this.changes.update(type, entryId, data, caller)
        : await this.forms.update(type, entryId, body, files ?? [], caller);
      return toAnswer(selectFromEntry(entry, type, shown));
    } finally {
      if (files) await this.forms.discard(files);
    }
  }

  @Delete(':id')
  @RequiresScope('content:write')
  async remove(
    @Param('type') name: string,
    @Param('id') id: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Answer<JsonObject> | undefined> {
    const type = requireTypeOfKind(this.types, name, 'collectionType');
    const entryId = await this.ids.resolve(type, id, caller.tenant);
    const removed = await this.changes.remove(type, entryId, caller);
    return answerRemoval(removed, this.answers.format, response);
  }
}
