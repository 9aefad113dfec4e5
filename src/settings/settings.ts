// The decorators below store their metadata with it.
import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';
import { Check } from '../http/checks.js';
import { findAdminTokenProblem } from './admin-token-problem.js';
import { ArchiveSettings } from './archive-settings.js';
import { ContentSettings, MediaSettings } from './content-settings.js';
import { DeliverySettings, LimitSettings, RetentionSettings } from './delivery-settings.js';
import { EventSettings } from './event-settings.js';
import { AdminSettings, HttpSettings, MetricsSettings } from './http-settings.js';
import { findPublicUrlProblem, PortalSettings } from './portal-settings.js';
import { QuotaSettings } from './quota-settings.js';
import { WebhookSettings } from './webhook-settings.js';

/** TLS to MySQL, by the names of MySQL's clients. The files are PEM. */
export class DatabaseSslSettings {
  /** Null: `VERIFY_CA` where there is a `ca`, `REQUIRED` where there is a `cert`, else `DISABLED`. */
  @IsOptional()
  @IsIn(['DISABLED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'])
  mode!: 'DISABLED' | 'REQUIRED' | 'VERIFY_CA' | 'VERIFY_IDENTITY' | null;

  /** The file of the authorities to trust; null: the well-known ones. */
  @IsOptional()
  @IsString()
  ca!: string | null;

  /** The file of this client's certificate, with `key`. */
  @IsOptional()
  @IsString()
  cert!: string | null;

  /** The file of its key. */
  @IsOptional()
  @IsString()
  key!: string | null;
}

/** All settings of the standalone program, from `config/*.yaml` and environment variables. */
export class Settings {
  @IsString()
  host!: string;

  @IsInt()
  @Min(0)
  @Max(65_535)
  port!: number;

  /**
   * The scheme, host and path under which the world reaches this server; null: unknown. Links are made of it alone,
   * never of a request's `Host`.
   */
  @IsOptional()
  @IsString()
  @Check((value) => (typeof value === 'string' ? findPublicUrlProblem(value) : null))
  publicUrl!: string | null;

  /**
   * `mysql://…`, `mariadb://…` or `sqlite:PATH`; null: `posthorn.sqlite` in the data directory. Of MySQL it may have
   * several hosts with commas, and the parameters `ssl-mode`, `ssl-ca`, `ssl-cert`, `ssl-key` and `socketPath`.
   */
  @IsOptional()
  @IsString()
  databaseUrl!: string | null;

  /** The greatest number of connections in the MySQL pool. */
  @IsInt()
  @Min(2)
  @Max(1_000)
  databasePoolSize!: number;

  /** The longest time of a statement on MySQL, and of the wait for a connection, milliseconds. */
  @IsInt()
  @Min(500)
  @Max(600_000)
  databaseStatementTimeoutMs!: number;

  /**
   * How long a request waits for MySQL while it is away (started again, or in a failover) before it is answered 503,
   * milliseconds. 0: not at all.
   */
  @IsInt()
  @Min(0)
  @Max(60_000)
  databasePatienceMs!: number;

  /**
   * A read replica of the MySQL of `databaseUrl`, in the same form: history, lists and charts are read from it. Null: none.
   */
  @IsOptional()
  @IsString()
  databaseReadUrl!: string | null;

  /** Past how many milliseconds behind nothing is read from it. */
  @IsInt()
  @Min(1_000)
  @Max(86_400_000)
  databaseReadMaxLagMs!: number;

  /** TLS to MySQL, where `databaseUrl` and `databaseReadUrl` say nothing of it. */
  @ValidateNested()
  @Type(() => DatabaseSslSettings)
  databaseSsl!: DatabaseSslSettings;

  /** The folder of the SQLite file, uploads and generated keys. */
  @IsString()
  dataDir!: string;

  /** An admin token that is valid while it is set, at least 16 characters; null: one is generated at the first start. */
  @IsOptional()
  @IsString()
  @Check((value) => (typeof value === 'string' ? findAdminTokenProblem(value) : null))
  adminToken!: string | null;

  /**
   * Keys that encrypt secrets: base64 of 32 bytes, separated by commas, newest first. Null: generated, not in
   * production.
   */
  @IsOptional()
  @IsString()
  secretsKey!: string | null;

  @IsIn(['error', 'warn', 'log', 'debug', 'verbose'])
  logLevel!: string;

  /** The format of the log: `text`, or `json` with one object per line. */
  @IsIn(['text', 'json'])
  logFormat!: 'text' | 'json';

  @ValidateNested()
  @Type(() => HttpSettings)
  http!: HttpSettings;

  @ValidateNested()
  @Type(() => AdminSettings)
  admin!: AdminSettings;

  @ValidateNested()
  @Type(() => EventSettings)
  events!: EventSettings;

  @ValidateNested()
  @Type(() => ContentSettings)
  content!: ContentSettings;

  @ValidateNested()
  @Type(() => MetricsSettings)
  metrics!: MetricsSettings;

  @ValidateNested()
  @Type(() => MediaSettings)
  media!: MediaSettings;

  @ValidateNested()
  @Type(() => WebhookSettings)
  webhooks!: WebhookSettings;

  @ValidateNested()
  @Type(() => DeliverySettings)
  delivery!: DeliverySettings;

  @ValidateNested()
  @Type(() => PortalSettings)
  portal!: PortalSettings;

  @ValidateNested()
  @Type(() => QuotaSettings)
  quotas!: QuotaSettings;

  @ValidateNested()
  @Type(() => RetentionSettings)
  retention!: RetentionSettings;

  @ValidateNested()
  @Type(() => ArchiveSettings)
  archive!: ArchiveSettings;

  @ValidateNested()
  @Type(() => LimitSettings)
  limits!: LimitSettings;

  /** The value of NODE_ENV: `development` (default), `production`, `test` or another. */
  @IsString()
  environment!: string;
}

/** Keys whose environment variable is a list, separated by commas. */
export const LIST_KEYS: ReadonlySet<string> = new Set([
  'http.allowedHosts',
  'content.privateAttributes',
  'content.leaveOut',
  'http.corsOrigins',
  'media.allowedTypes',
  'webhooks.retrySchedule',
  'portal.defaultScopes',
  'portal.maySet',
  'portal.hiddenEvents',
]);
