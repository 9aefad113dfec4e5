// The decorators below store their metadata with it.
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

/** `webhooks`: requests to receivers. */
export class WebhookSettings {
  /** Private networks (CIDR) that the SSRF guard allows, separated by commas; empty: none. */
  @IsString()
  allowedNetworks!: string;

  /** Whether a webhook's URL must be https. */
  @IsBoolean()
  httpsOnly!: boolean;

  /** The egress proxy of every delivery, `http://user:password@host:port`; null: none. */
  @IsOptional()
  @IsString()
  egressProxy!: string | null;

  /** A PEM file of certificate authorities that are trusted beside the default ones; null: none. */
  @IsOptional()
  @IsString()
  ca!: string | null;

  /** Headers of every delivery; a webhook's own headers override them. */
  @IsObject()
  defaultHeaders!: Record<string, string>;

  /** The default timeout of a whole request (connect, headers and body), milliseconds; a webhook can set its own. */
  @IsInt()
  @Min(1)
  @Max(30_000)
  timeoutMs!: number;

  /** The delay before each retry, seconds, one number per retry. */
  @IsArray()
  @IsNumber({}, { each: true })
  @Min(0, { each: true })
  retrySchedule!: number[];

  /** The greatest jitter of a retry, as a share of its delay, 0 to 1. A retry is never early. */
  @IsNumber()
  @Min(0)
  @Max(1)
  retryJitter!: number;

  /** The `source` of bodies in the format `cloudevents`, a URI reference. */
  @Matches(/^[^\s"<>\\^`{|}]+$/, { message: 'cloudEventsSource must be a URI reference such as /posthorn' })
  cloudEventsSource!: string;

  /** The host name in `WebHook-Request-Origin` when the handshake asks a receiver for consent. */
  @Matches(/^[A-Za-z0-9.-]+$/, {
    message: 'handshakeOrigin must be a host name such as posthorn.example.com',
  })
  handshakeOrigin!: string;
}
