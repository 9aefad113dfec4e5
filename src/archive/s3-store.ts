import type { ListObjectsV2CommandInput, S3Client } from '@aws-sdk/client-s3';
import { ArchiveError } from './archive-error.js';
import type { ArchiveStore } from './archive-store.js';
import type { ArchivePlace } from './archive-url.js';

type Sdk = typeof import('@aws-sdk/client-s3');
type Bucket = Extract<ArchivePlace, { kind: 's3' }>;

/** How the server says that an object of that name is there, or is being created by another. */
const TAKEN = new Set([409, 412]);

/**
 * An archive in a bucket of an S3-compatible server. Credentials are the environment's. The server must know
 * `If-None-Match: *` (Amazon, MinIO, Ceph, Cloudflare): {@link openS3Store} finds out.
 */
class S3Store implements ArchiveStore {
  readonly name: string;

  constructor(
    private readonly sdk: Sdk,
    private readonly client: S3Client,
    private readonly place: Bucket,
  ) {
    this.name = `s3://${place.bucket}/${place.prefix}`;
  }

  async read(name: string): Promise<Buffer | null> {
    try {
      const { Body } = await this.client.send(new this.sdk.GetObjectCommand(this.keyOf(name)));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    } catch (error) {
      if (error instanceof this.sdk.NoSuchKey) return null;
      throw this.explain(error);
    }
  }

  async write(name: string, bytes: Buffer): Promise<void> {
    try {
      await this.client.send(new this.sdk.PutObjectCommand({ ...this.keyOf(name), Body: bytes }));
    } catch (error) {
      throw this.explain(error);
    }
  }

  async create(name: string, bytes: Buffer): Promise<boolean> {
    try {
      await this.client.send(
        new this.sdk.PutObjectCommand({ ...this.keyOf(name), Body: bytes, IfNoneMatch: '*' }),
      );
      return true;
    } catch (error) {
      const status =
        error instanceof this.sdk.S3ServiceException ? error.$metadata.httpStatusCode : undefined;
      if (status !== undefined && TAKEN.has(status)) return false;
      throw this.explain(error);
    }
  }

  async remove(name: string): Promise<void> {
    try {
      await this.client.send(new this.sdk.DeleteObjectCommand(this.keyOf(name)));
    } catch (error) {
      throw this.explain(error);
    }
  }

  async list(folder: string): Promise<string[]> {
    const prefix = `${this.place.prefix}${folder}/`;
    const names: string[] = [];
    let from: string | undefined;
    do {
      const page = await this.listPage({ Prefix: prefix, ContinuationToken: from });
      names.push(...page.keys.map((key) => key.slice(prefix.length)));
      from = page.next;
    } while (from !== undefined);
    return names;
  }

  async firstAfter(text: string): Promise<string | null> {
    const { prefix } = this.place;
    const { keys } = await this.listPage({ Prefix: prefix, StartAfter: prefix + text, MaxKeys: 1 });
    return keys[0]?.slice(prefix.length) ?? null;
  }

  /** An object is written whole or not at all. */
  removeUnfinished(): Promise<void> {
    return Promise.resolve();
  }

  private async listPage(
    asked: Omit<ListObjectsV2CommandInput, 'Bucket'>,
  ): Promise<{ keys: string[]; next: string | undefined }> {
    try {
      const { Contents, IsTruncated, NextContinuationToken } = await this.client.send(
        new this.sdk.ListObjectsV2Command({ Bucket: this.place.bucket, ...asked }),
      );
      const keys = (Contents ?? []).flatMap(({ Key }) => Key ?? []);
      return { keys, next: IsTruncated ? NextContinuationToken : undefined };
    } catch (error) {
      throw this.explain(error);
    }
  }

  private keyOf(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.place.bucket, Key: this.place.prefix + name };
  }

  private explain(error: unknown): ArchiveError {
    const { name, message } = error as Error;
    return new ArchiveError(
      `The archive ${this.name} cannot be reached: ${name}: ${message}. Are archive.url and the AWS credentials of the environment right?`,
      { cause: error },
    );
  }
}

/**
 * Opens an archive in a bucket.
 *
 * @throws {ArchiveError} when the client is not installed
 */
export async function openS3Store(place: Bucket): Promise<ArchiveStore> {
  const sdk = await loadSdk();
  const client = new sdk.S3Client({
    ...(place.region === null ? {} : { region: place.region }),
    ...(place.endpoint === null
      ? {}
      : // Other servers rarely have a host name for each bucket.
        { endpoint: place.endpoint, forcePathStyle: true }),
  });
  return new S3Store(sdk, client, place);
}

async function loadSdk(): Promise<Sdk> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (error) {
    throw new ArchiveError(
      'An archive in a bucket needs the package @aws-sdk/client-s3, which is not installed: npm install @aws-sdk/client-s3.',
      { cause: error },
    );
  }
}
