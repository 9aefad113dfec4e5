// The decorators below keep what they say in it.
import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';
import { ContentSettings, MediaSettings } from './content-settings.js';
import { DeliverySettings, RetentionSettings } from './delivery-settings.js';
import { EventSettings } from './event-settings.js';
import { AdminSettings, HttpSettings, MetricsSettings } from './http-settings.js';
import { WebhookSettings } from './webhook-settings.js';

/** All settings of the standalone process, as `config/*.yaml` and the environment give them. */
export class Settings {
  @IsString()
  host!: string;

  @IsInt()
  @Min(0)
  @Max(65_535)
  port!: number;

  /** `mysql://…`, `mariadb://…` or `sqlite:PATH`; null: `posthorn.sqlite` in the data directory. */
  @IsOptional()
  @IsString()
  databaseUrl!: string | null;

  /** How many connections a MySQL pool holds at the most. */
  @IsInt()
  @Min(2)
  @Max(1_000)
  databasePoolSize!: number;

  /** SQLite file, uploads and generated keys. */
  @IsString()
  dataDir!: string;

  /** An admin token that is valid whenever it is set; null: one is made at the first start. */
  @IsOptional()
  @IsString()
  adminToken!: string | null;

  /** Base64 of 32 bytes; several with commas, the newest first. Null: made in the data directory, not in production. */
  @IsOptional()
  @IsString()
  secretsKey!: string | null;

  @IsIn(['error', 'warn', 'log', 'debug', 'verbose'])
  logLevel!: string;

  /** How the log is written: `text` for people, `json` for programs, an object a line. */
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
  @Type(() => RetentionSettings)
  retention!: RetentionSettings;

  /** `development`, `production`, `test` or whatever NODE_ENV says. */
  @IsString()
  environment!: string;
}

/** Keys whose environment variable is a list with commas. */
export const LIST_KEYS: ReadonlySet<string> = new Set([
  'http.corsOrigins',
  'media.allowedTypes',
  'webhooks.retrySchedule',
]);
