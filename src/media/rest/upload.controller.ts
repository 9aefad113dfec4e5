import {
  Body,
  Controller,
  Delete,
  Get,
  Param,
  Post,
  Query,
  UploadedFiles,
  UseInterceptors,
} from '@nestjs/common';
import { FilesInterceptor } from '@nestjs/platform-express';
import type { JsonObject } from '../../events/webhook-event.js';
import { type Caller, CurrentCaller } from '../../http/caller.js';
import { NotFoundError } from '../../http/envelope-error.js';
import { pageOf } from '../../http/page-query.js';
import { RequiresScope } from '../../http/requires-scope.js';
import { FileDirectory } from '../files/file-directory.js';
import { FileRemovals } from '../files/file-removals.js';
import { FileUploads } from '../upload/file-uploads.js';
import type { IncomingFile } from '../upload/incoming-files.js';
import { UploadBody } from '../upload/upload-body.dto.js';

/** The media library. As Strapi's, its answers are the files themselves, without an envelope. */
@Controller('api/upload')
export class UploadController {
  constructor(
    private readonly uploads: FileUploads,
    private readonly directory: FileDirectory,
    private readonly removals: FileRemovals,
  ) {}

  @Post()
  @RequiresScope('media:write')
  @UseInterceptors(FilesInterceptor('files'))
  async upload(
    @UploadedFiles() files: IncomingFile[] | undefined,
    @Body() body: UploadBody,
    @CurrentCaller() caller: Caller,
  ): Promise<JsonObject[]> {
    return this.uploads.upload(files ?? [], body, caller.tenant);
  }

  @Get('files')
  @RequiresScope('media:read')
  async list(
    @Query('pagination') pagination: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<JsonObject[]> {
    return this.directory.list(pageOf(pagination), caller.tenant);
  }

  @Get('files/:id')
  @RequiresScope('media:read')
  async get(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<JsonObject> {
    return this.directory.get(fileId(id), caller.tenant);
  }

  @Delete('files/:id')
  @RequiresScope('media:write')
  async remove(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<JsonObject> {
    return this.removals.remove(fileId(id), caller.tenant);
  }
}

/** What an INT column holds. */
const GREATEST_ID = 2_147_483_647;

function fileId(text: string): number {
  const id = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  if (id === 0 || id > GREATEST_ID) throw new NotFoundError('file.notFound');
  return id;
}
