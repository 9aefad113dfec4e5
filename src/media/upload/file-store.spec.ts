import { Logger } from '@nestjs/common';
import type { JsonObject } from '../../events/json.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { RequestValidationError } from '../../http/envelope-error.js';
import { ImageProcessor } from '../images/image-processor.js';
import { ImageVariantStore } from '../images/image-variants.js';
import { type BytesReplacement, StorageProvider, type StoredFile } from '../storage/storage-provider.js';
import { FileStore, toKilobytes } from './file-store.js';

class FullStorage extends StorageProvider {
  override readonly name = 'full';
  readonly kept = new Set<string>();

  override async store(tempPath: string, { hash }: StoredFile) {
    if (this.kept.size === 2) throw new Error('full');
    this.kept.add(hash);
    return { url: `full:${tempPath}`, providerMetadata: { room: 2 } as JsonObject };
  }

  override async replace(): Promise<BytesReplacement> {
    throw new Error('full');
  }

  override async remove({ hash }: StoredFile): Promise<void> {
    this.kept.delete(hash);
  }
}

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const folder = mkdtempSync(join(tmpdir(), 'posthorn-keeping-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const toPath = (name: string, bytes: Buffer | string = PNG) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

const createFileStore = (storage: StorageProvider, allowedTypes = ['*/*'], maxPixels = 1_000_000) =>
  new FileStore(storage, new ImageProcessor(), new ImageVariantStore(storage), { allowedTypes, maxPixels });

const file = (path: string) => ({
  originalname: 'a.png',
  mimetype: 'image/png',
  path,
  size: 228_194,
  sha256: 'x'.repeat(43),
});

// The warnings about broken images are not tested here.
Logger.overrideLogger(false);

describe('keeping files', () => {
  it('tells what the provider said', async () => {
    const [kept] = await createFileStore(new FullStorage()).storeAll(
      [file(toPath('1'))],
      [{ name: 'b.png' }],
      null,
    );
    expect(kept).toMatchObject({
      name: 'b.png',
      ext: '.png',
      size: 228.19,
      url: `full:${join(folder, '1')}`,
      mime: 'image/png',
      provider: 'full',
      providerMetadata: { room: 2 },
    });
  });

  it('keeps all or none', async () => {
    const storage = new FullStorage();
    const store = createFileStore(storage);
    await expect(
      store.storeAll(
        ['1', '2', '3'].map((name) => file(toPath(name))),
        [],
        null,
      ),
    ).rejects.toThrow('full');
    expect(storage.kept.size).toBe(0);
  });

  it('keeps a page that calls itself a picture as a page', async () => {
    const page = file(toPath('page', '<html><script>alert(1)</script>'));
    const [kept] = await createFileStore(new FullStorage()).storeAll([page], [], null);
    expect(kept).toMatchObject({ name: 'a.png', ext: '.html', mime: 'text/html' });
  });

  it('refuses all files for one of a type that is not taken', async () => {
    const storage = new FullStorage();
    const files = [file(toPath('1')), file(toPath('2', 'plain text'))];
    const kept = createFileStore(storage, ['image/*']).storeAll(files, [], null);
    await expect(kept).rejects.toThrow(RequestValidationError);
    await expect(kept).rejects.toThrow('a.png is text/plain, but this server takes image/* alone');
    expect(storage.kept.size).toBe(0);
  });

  it('refuses images with too many pixels together, before it decodes one', async () => {
    const picture = await sharp({ create: { width: 500, height: 1_000, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const files = ['1', '2', '3'].map((name) => file(toPath(`picture-${name}`, picture)));
    const storage = new FullStorage();
    const store = createFileStore(storage);
    await expect(store.storeAll(files, [], null)).rejects.toThrow(
      'The images of this upload have 1500000 pixels together, and this server takes 1000000 at once (media.maxPixels)',
    );
    expect(storage.kept.size).toBe(0);
  });

  it.each([
    [0, 0],
    [4, 0],
    [5, 0.01],
    [1_000, 1],
    [228_194, 228.19],
    [4_947_760, 4_947.76],
  ])('%d bytes are %d KB', (bytes, size) => {
    expect(toKilobytes(bytes)).toBe(size);
  });
});
