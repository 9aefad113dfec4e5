// The decorators below keep what they say in it.
import 'reflect-metadata';
import {
  IsArray,
  IsBoolean,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
} from 'class-validator';

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
