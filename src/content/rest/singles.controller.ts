import {
  Body,
  Controller,
  Delete,
  Param,
  Put,
  Res,
  UploadedFiles,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { AnyFilesInterceptor } from '@nestjs/platform-express';
import type { Response } from 'express';
import type { JsonObject } from '../../events/json.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { ContentTypes } from '../content-types.js';
import { FormEntries } from '../entries/form-entries.js';
import { SingleEntries } from '../entries/single-entries.js';
import type { FormFile } from '../entry-media.js';
import { EntryAnswers } from '../serialization/entry-answers.js';
import { checkEntry } from '../validation/check-entry.js';
import { answerRemoval, toAnswer, type Answer, requireTypeOfKind } from './content-routes.js';
import { NoLocalesGuard } from './no-locales.guard.js';

/** Writing the entry of a single type; `EntriesController` reads it. */
@UseGuards(NoLocalesGuard)
@Controller('api/:type')
export class SinglesController {
  constructor(
    private readonly types: ContentTypes,
    private readonly singles: SingleEntries,
    private readonly forms: FormEntries,
    private readonly answers: EntryAnswers,
  ) {}

  @Put()
  @RequiresScope('content:write')
  @UseInterceptors(AnyFilesInterceptor())
  async save(
    @Param('type') name: string,
    @UploadedFiles() files: FormFile[] | undefined,
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<JsonObject>> {
    try {
      const type = requireTypeOfKind(this.types, name, 'singleType');
      return toAnswer(
        files
          ? await this.forms.save(type, body, files, caller)
          : await this.singles.save(type, (kind) => checkEntry(type, body, kind), caller),
      );
    } finally {
      if (files) await this.forms.discard(files);
    }
  }

  @Delete()
  @RequiresScope('content:write')
  async remove(
    @Param('type') name: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Answer<JsonObject> | undefined> {
    const removed = await this.singles.remove(requireTypeOfKind(this.types, name, 'singleType'), caller);
    return answerRemoval(removed, this.answers.format, response);
  }
}
