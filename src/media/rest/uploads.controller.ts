import { Controller, Get, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { NotFoundError } from '../../http/envelope-error.js';
import { Public } from '../../auth/scopes.js';
import { TakesAnyQuery } from '../../http/query-interceptor.js';
import { LocalStorage } from '../storage/local-storage.js';
import { getInlineType } from '../upload/inline-types.js';

/** Serves local files without authentication: their URLs contain a random hash, which cannot be guessed. */
@TakesAnyQuery()
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
      // The client closed the connection.
      if ((error as { code?: unknown }).code === 'ECONNABORTED') return;
      throw error;
    }
  }
}

async function send(response: Response, name: string, root: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    response.sendFile(name, { root, headers: buildFileHeaders(name) }, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/**
 * Builds the headers of a stored file. The type follows from the extension, not from the sender's claim. Types that
 * browsers may not show inline are downloads (`attachment`).
 */
export function buildFileHeaders(fileName: string): Record<string, string> {
  const type = getInlineType(fileName);
  return {
    'Content-Type': type ?? 'application/octet-stream',
    'Content-Disposition': type ? 'inline' : 'attachment',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
  };
}
