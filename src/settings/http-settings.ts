// The decorators below store their metadata with it.
import 'reflect-metadata';
import { Transform, Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsInt,
  IsString,
  Matches,
  Min,
  ValidateBy,
  ValidateNested,
  type ValidationOptions,
} from 'class-validator';
import { parseUrl } from '../http/parse-url.js';
import { findTrustedProxiesProblem } from '../http/trusted-proxies.js';
import { Check } from '../http/checks.js';

/** `metrics`: the Prometheus endpoint. */
export class MetricsSettings {
  /** Whether `/metrics` requires a token with the scope `metrics:read`; false: it is open. */
  @IsBoolean()
  requireToken!: boolean;
}

/** `admin.throttle`: rate limit of failed authentications by client address. A valid token is always admitted. */
export class ThrottleSettings {
  /** Failures of one address in the window that are answered 401; further ones get 429. 0: no limit. */
  @IsInt()
  @Min(0)
  failures!: number;

  /** The length of the window, milliseconds. */
  @IsInt()
  @Min(1_000)
  windowMs!: number;

  /** How long an address over the limit is answered 429, milliseconds. */
  @IsInt()
  @Min(1_000)
  blockMs!: number;
}

/** `admin`: the admin routes. */
export class AdminSettings {
  @ValidateNested()
  @Type(() => ThrottleSettings)
  throttle!: ThrottleSettings;
}

/** Checks that the property is an origin as browsers send it: scheme, host, and a port unless it is the default. */
function IsOrigin(options: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isOrigin',
      validator: {
        validate: (text) => typeof text === 'string' && parseUrl(text)?.origin === text,
        defaultMessage: () => 'corsOrigins must be a list of origins such as https://admin.example.com',
      },
    },
    options,
  );
}

/** `http`: the server. */
export class HttpSettings {
  /** The greatest size of a request body, bytes. */
  @IsInt()
  @Min(1_024)
  maxBodyBytes!: number;

  /** Other origins whose pages may call this server from a browser (CORS) and change something; empty: none. */
  @IsArray()
  @IsOrigin({ each: true })
  corsOrigins!: string[];

  /**
   * Names that this server answers to (`Host`), beside IP addresses, `*.localhost` and `host`; an empty list: every name.
   * A page whose name leads to this machine (DNS rebinding) is then refused.
   */
  @IsArray()
  @Matches(/^[A-Za-z0-9._-]+$/, {
    each: true,
    message: 'allowedHosts must be a list of host names such as posthorn.example.com',
  })
  allowedHosts!: string[];

  /**
   * The trusted proxies, whose X-Forwarded-For names the client: their number before this server, or their addresses
   * and networks (CIDR), separated by commas. Empty: none.
   */
  @Transform(({ value }: { value: unknown }) => (isScalar(value) ? String(value) : value))
  @IsString()
  @Check((value) => findTrustedProxiesProblem(value as string))
  trustProxy!: string;
}

/** YAML parses `1` and `false` as a number and a boolean, not as text. */
function isScalar(value: unknown): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}
