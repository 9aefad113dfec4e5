// The decorators below keep what they say in it.
import 'reflect-metadata';
import { Transform, Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateNested,
  type ValidationOptions,
} from 'class-validator';
import { EVENT_TYPE_NAME } from '../events/event-catalogue.js';
import type { JsonObject } from '../events/webhook-event.js';
import { Verbatim } from '../http/verbatim.js';
import { IsEventSchema, IsExampleOf } from './event-schema-rules.js';
import { trustedProxiesProblem } from '../http/trusted-proxies.js';
import { Passes } from '../http/worded-checks.js';
import { parsedUrl } from '../http/parsed-url.js';

export class ContentSettings {
  /** Folder of `schema.json` files, one a content type. */
  @IsString()
  types!: string;

  /** Whether the content and media routes take a token; open without. */
  @IsBoolean()
  requireToken!: boolean;
}

export class MediaSettings {
  /** The largest file, in bytes. */
  @IsInt()
  @Min(1)
  maxFileBytes!: number;

  /** The most files in one upload. */
  @IsInt()
  @Min(1)
  @Max(1000)
  maxFiles!: number;

  /** The types that are taken, as their bytes are: `image/png`, all of a kind with `image/*`, all with `*\/*`. */
  @IsArray()
  @Matches(/^(\*\/\*|[\w.+-]{1,127}\/(\*|[\w.+-]{1,127}))$/, {
    each: true,
    message: 'allowedTypes must be a list of types such as image/png, image/* or */*',
  })
  allowedTypes!: string[];
}

export class WebhookSettings {
  /** CIDRs that webhooks may reach though they are private, with commas; empty: none. */
  @IsString()
  allowedNetworks!: string;

  /** Whether a webhook's URL must be https. */
  @IsBoolean()
  httpsOnly!: boolean;

  /** A proxy that every delivery goes out through, `http://user:password@host:port`; null: none. */
  @IsOptional()
  @IsString()
  egressProxy!: string | null;

  /** A file of certificates in PEM that receivers' may be of, beside the well-known ones; null: none. */
  @IsOptional()
  @IsString()
  ca!: string | null;

  /** Headers that every delivery carries, under the webhook's own. */
  @IsObject()
  defaultHeaders!: Record<string, string>;

  /** How long a request may take in all unless its webhook says so: connect, headers and body; milliseconds. */
  @IsInt()
  @Min(1)
  @Max(30_000)
  timeoutMs!: number;

  /** Seconds before each retry, one number per retry. */
  @IsArray()
  @IsNumber({}, { each: true })
  @Min(0, { each: true })
  retrySchedule!: number[];

  /** How much later than the schedule says a retry may come, as a share of the delay. Never earlier. */
  @IsNumber()
  @Min(0)
  @Max(1)
  retryJitter!: number;

  /** What bodies of the format `cloudevents` name as their source: a URI reference. */
  @Matches(/^[^\s"<>\\^`{|}]+$/, { message: 'cloudEventsSource must be a URI reference such as /posthorn' })
  cloudEventsSource!: string;

  /** How this deployment names itself when it asks receivers for their consent: a host's name. */
  @Matches(/^[A-Za-z0-9.-]+$/, {
    message: 'handshakeOrigin must be a host name such as posthorn.example.com',
  })
  handshakeOrigin!: string;
}

/** When a webhook's circuit breaker opens, and for how long. */
export class BreakerSettings {
  /** Opens when this share of the window's attempts failed. */
  @IsNumber()
  @Min(0.01)
  @Max(1)
  failureShare!: number;

  /** Attempts that the window must hold before it can open. */
  @IsInt()
  @Min(20)
  leastAttempts!: number;

  /** Length of the window, milliseconds. */
  @IsInt()
  @Min(1_000)
  windowMs!: number;

  /** How long it stays open the first time, milliseconds; doubled each time in a row. */
  @IsInt()
  @Min(100)
  openMs!: number;

  /** It never stays open for longer, milliseconds. */
  @IsInt()
  @Min(100)
  longestOpenMs!: number;
}

/** When a webhook is disabled because its receiver keeps failing. */
export class DisableSettings {
  /** No success for so many days … */
  @IsNumber()
  @Min(0)
  afterDays!: number;

  /** … and so many deliveries exhausted. */
  @IsInt()
  @Min(1)
  afterExhausted!: number;
}

export class DeliverySettings {
  /** Whether this instance sends. Off: it records only, and another sends. */
  @IsBoolean()
  worker!: boolean;

  /** The most requests that this instance has out at a time. */
  @IsInt()
  @Min(1)
  @Max(10_000)
  concurrency!: number;

  /** How long a claim holds before another instance may take it over, milliseconds; renewed while its attempt runs. */
  @IsInt()
  @Min(1_000)
  leaseMs!: number;

  /** How often due work is looked for when nothing says that there is any, milliseconds. */
  @IsInt()
  @Min(10)
  @Max(1_000)
  pollMs!: number;

  /** How long a stop waits for what is in flight, milliseconds. */
  @IsInt()
  @Min(0)
  graceMs!: number;

  /** How long 429, 502, 503 and 504 pause a webhook that names no time with Retry-After, milliseconds. */
  @IsInt()
  @Min(0)
  pauseMs!: number;

  @ValidateNested()
  @Type(() => BreakerSettings)
  breaker!: BreakerSettings;

  @ValidateNested()
  @Type(() => DisableSettings)
  disable!: DisableSettings;
}

/** How long things are kept, in days; 0: for ever. What is still pending is kept whatever its age. */
export class RetentionSettings {
  /** Deliveries, from their end; their attempts go with them. Finished recoveries too. */
  @IsInt()
  @Min(0)
  deliveriesDays!: number;

  /** Events with their data, the bodies that were sent, and idempotency keys: without them nothing can be sent again. */
  @IsInt()
  @Min(0)
  payloadsDays!: number;

  /** Attempts: what was answered, and when. */
  @IsInt()
  @Min(0)
  attemptsDays!: number;

  /** The audit log: who changed what. */
  @IsInt()
  @Min(0)
  auditDays!: number;
}

/** How callers with wrong credentials are slowed. A valid token is let through whatever came before it. */
export class ThrottleSettings {
  /** So many failures of one client address in the window are answered 401, the next ones 429; 0: all of them 401. */
  @IsInt()
  @Min(0)
  failures!: number;

  /** Length of the window, milliseconds. */
  @IsInt()
  @Min(1_000)
  windowMs!: number;

  /** How long the address is then answered 429, milliseconds. */
  @IsInt()
  @Min(1_000)
  blockMs!: number;
}

export class AdminSettings {
  @ValidateNested()
  @Type(() => ThrottleSettings)
  throttle!: ThrottleSettings;
}

/** An origin as browsers send it: scheme, host, and a port that is not the scheme's. */
function IsOrigin(options: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isOrigin',
      validator: {
        validate: (text) => typeof text === 'string' && parsedUrl(text)?.origin === text,
        defaultMessage: () => 'corsOrigins must be a list of origins such as https://admin.example.com',
      },
    },
    options,
  );
}

export class HttpSettings {
  /** The largest request body, in bytes. */
  @IsInt()
  @Min(1_024)
  maxBodyBytes!: number;

  /** Origins whose pages may call this server from a browser; none: none may. */
  @IsArray()
  @IsOrigin({ each: true })
  corsOrigins!: string[];

  /**
   * Which proxies are believed when they say with X-Forwarded-For who calls: how many stand before this server, or
   * their addresses and networks with commas; empty: none.
   */
  @Transform(({ value }: { value: unknown }) => (isScalar(value) ? String(value) : value))
  @IsString()
  @Passes((value) => trustedProxiesProblem(value as string))
  trustProxy!: string;
}

/** YAML reads 1 and false as what they are. */
function isScalar(value: unknown): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

/** An event type that `POST /admin/events` publishes and webhooks can name. */
export class CustomEventSettings {
  @Matches(EVENT_TYPE_NAME, { message: 'name must be a dotted name such as order.shipped' })
  name!: string;

  /** One sentence: when it happens. */
  @IsString()
  description!: string;

  /** JSON Schema (2020-12) of the data, which publishing is held to; left out: any object. */
  @Verbatim()
  @IsOptional()
  @IsEventSchema()
  schema?: JsonObject;

  /** Data that fits the schema, for tests of webhooks; left out: made up from the schema. */
  @Verbatim()
  @IsOptional()
  @IsExampleOf('schema')
  example?: JsonObject;
}

export class EventSettings {
  /** Event types beside the built-in ones. */
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => CustomEventSettings)
  custom!: CustomEventSettings[];
}

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
