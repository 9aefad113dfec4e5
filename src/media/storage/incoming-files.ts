import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request } from 'express';
import type { StorageEngine } from 'multer';

/** A completely received file in the folder of incoming files. */
export interface IncomingFile {
  /** The file name that the sender gave. */
  originalname: string;
  /** The media type that the sender claimed. */
  mimetype: string;
  /** The path of its bytes. */
  path: string;
  /** The size in bytes. */
  size: number;
  /** The SHA-256 of its bytes, base64url without padding. */
  sha256: string;
}

type Arrived = (error?: unknown, file?: Partial<Express.Multer.File>) => void;

/**
 * Returns the folder of incoming files. It is on the file system of the stored files, so a move is a rename; no URL
 * leads there.
 */
export function getIncomingFolder(uploadsDir: string): string {
  return join(uploadsDir, '.incoming');
}

/** Multer storage engine: streams each file to the disk and computes its SHA-256 on the way. */
export class IncomingFiles implements StorageEngine {
  private readonly folder: string;

  constructor(uploadsDir: string) {
    this.folder = getIncomingFolder(uploadsDir);
  }

  _handleFile(_request: Request, file: Express.Multer.File, arrived: Arrived): void {
    // When a request fails, Multer removes its unfinished files by this path.
    file.path = join(this.folder, randomUUID());
    this.receive(file).then(
      (received) => arrived(null, received),
      (error: unknown) => arrived(error),
    );
  }

  _removeFile(_request: Request, file: Express.Multer.File, removed: (error: Error | null) => void): void {
    rm(file.path, { force: true }).then(() => removed(null), removed);
  }

  private async receive({
    stream,
    path,
  }: Express.Multer.File): Promise<Omit<IncomingFile, 'originalname' | 'mimetype'>> {
    const sha256 = createHash('sha256');
    let size = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        sha256.update(chunk);
        size += chunk.length;
        done(null, chunk);
      },
    });
    try {
      await mkdir(this.folder, { recursive: true });
      await pipeline(stream, measure, createWriteStream(path, { flags: 'wx' }));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return { path, size, sha256: sha256.digest('base64url') };
  }
}
