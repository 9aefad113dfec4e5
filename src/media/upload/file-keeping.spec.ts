import type { JsonObject } from '../../events/webhook-event.js';
import { StorageProvider, type StoredFile } from '../storage/storage-provider.js';
import { FileKeeping, sizeInKb } from './file-keeping.js';

class FullStorage extends StorageProvider {
  override readonly name = 'full';
  readonly kept = new Set<string>();

  override async store(tempPath: string, { hash }: StoredFile) {
    if (this.kept.size === 2) throw new Error('full');
    this.kept.add(hash);
    return { url: `full:${tempPath}`, providerMetadata: { room: 2 } as JsonObject };
  }

  override async remove({ hash }: StoredFile): Promise<void> {
    this.kept.delete(hash);
  }
}

const file = (path: string) => ({
  originalname: 'a.png',
  mimetype: 'image/png',
  path,
  size: 228_194,
  sha256: 'x'.repeat(43),
});

describe('keeping files', () => {
  it('tells what the provider said', async () => {
    const [kept] = await new FileKeeping(new FullStorage()).keep([file('/1')], [{ name: 'b.png' }]);
    expect(kept).toMatchObject({
      name: 'b.png',
      ext: '.png',
      size: 228.19,
      url: 'full:/1',
      provider: 'full',
      providerMetadata: { room: 2 },
    });
  });

  it('keeps all or none', async () => {
    const storage = new FullStorage();
    const keeping = new FileKeeping(storage);
    await expect(keeping.keep([file('/1'), file('/2'), file('/3')], [])).rejects.toThrow('full');
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
    expect(sizeInKb(bytes)).toBe(size);
  });
});
