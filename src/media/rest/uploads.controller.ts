import { Controller, Get, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { NotFoundError } from '../../http/envelope-error.js';
import { Public } from '../../auth/scopes.js';
import { LocalStorage } from '../storage/local-storage.js';
import { extname } from 'node:path';

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
    response.sendFile(name, { root, headers: buildFileHeaders(name) }, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** What a browser may show by itself: nothing of it can carry a script. HTML, SVG and XML never are. */
const INLINE: Record<string, string> = {
  '.avif': 'image/avif',
  '.bmp': 'image/bmp',
  '.gif': 'image/gif',
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.aac': 'audio/aac',
  '.flac': 'audio/flac',
  '.m4a': 'audio/mp4',
  '.mp3': 'audio/mpeg',
  '.oga': 'audio/ogg',
  '.ogg': 'audio/ogg',
  '.wav': 'audio/wav',
  '.mov': 'video/quicktime',
  '.mp4': 'video/mp4',
  '.ogv': 'video/ogg',
  '.webm': 'video/webm',
  '.pdf': 'application/pdf',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * The headers under which a stored file is served. Its type is the extension's, not the one that the sender claimed,
 * and what is on no list of harmless ones is a download of bytes.
 */
export function buildFileHeaders(fileName: string): Record<string, string> {
  const type = INLINE[extname(fileName).toLowerCase()];
  return {
    'Content-Type': type ?? 'application/octet-stream',
    'Content-Disposition': type ? 'inline' : 'attachment',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
  };
}
