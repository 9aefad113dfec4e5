import {
  Body,
  Controller,
  Delete,
  Get,
  Param,
  Post,
  Query,
  Res,
  UploadedFiles,
  UseInterceptors,
} from '@nestjs/common';
import { FilesInterceptor } from '@nestjs/platform-express';
import type { Response } from 'express';
import type { JsonObject } from '../../events/json.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { readPageRequest } from '../../http/pagination.js';
import { RequiresScope } from '../../auth/scopes.js';
import { FileDirectory } from '../files/file-directory.js';
import { parseFileId } from '../files/file-id.js';
import { FileRemovals } from '../files/file-removals.js';
import { FileChanges } from '../upload/file-changes.js';
import { FileUploads } from '../upload/file-uploads.js';
import type { IncomingFile } from '../storage/incoming-files.js';
import { UploadBody } from '../upload/upload-body.dto.js';

/** The media library. As in Strapi, answers are the files themselves, without an envelope. */
@Controller('api/upload')
export class UploadController {
  constructor(
    private readonly uploads: FileUploads,
    private readonly changes: FileChanges,
    private readonly directory: FileDirectory,
    private readonly removals: FileRemovals,
  ) {}

  /** Uploads files (201). With `id` it changes that file and returns it (200). */
  @Post()
  @RequiresScope('media:write')
  @UseInterceptors(FilesInterceptor('files'))
  async upload(
    @UploadedFiles() files: IncomingFile[] | undefined,
    @Body() body: UploadBody,
    @Query('id') id: string | undefined,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<JsonObject[] | JsonObject> {
    if (id === undefined) return this.uploads.upload(files ?? [], body, caller);
    const changed = await this.changes.change(id, files ?? [], body, caller);
    response.status(200);
    return changed;
  }

  @Get('files')
  @RequiresScope('media:read')
  async list(
    @Query('pagination') pagination: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<JsonObject[]> {
    return this.directory.list(readPageRequest(pagination), caller.tenant);
  }

  @Get('files/:id')
  @RequiresScope('media:read')
  async get(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<JsonObject> {
    return this.directory.get(parseFileId(id), caller.tenant);
  }

  @Delete('files/:id')
  @RequiresScope('media:write')
  async remove(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<JsonObject> {
    return this.removals.remove(parseFileId(id), caller);
  }
}
