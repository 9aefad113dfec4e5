import { Controller, Get, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { NotFoundError } from '../../http/envelope-error.js';
import { Public } from '../../auth/scopes.js';
import { LocalStorage } from '../storage/local-storage.js';
import { headersFor } from './served-as.js';

/** Serves the bytes of local files to whoever knows their URL; it cannot be guessed. */
@Controller('uploads')
export class UploadsController {
  constructor(private readonly storage: LocalStorage) {}

  @Get(':file')
  @Public()
  async serve(@Param('file') name: string, @Res() response: Response): Promise<void> {
    if (!this.storage.isFileName(name)) throw new NotFoundError('file.notFound');
    try {
      await send(response, name, this.storage.folder);
    } catch (error) {
      if ((error as { status?: unknown }).status === 404) throw new NotFoundError('file.notFound');
      // Whoever asked went away: there is nobody left to tell.
      if ((error as { code?: unknown }).code === 'ECONNABORTED') return;
      throw error;
    }
  }
}

async function send(response: Response, name: string, root: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    response.sendFile(name, { root, headers: headersFor(name) }, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
