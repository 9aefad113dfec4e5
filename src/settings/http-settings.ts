// The decorators below keep what they say in it.
import 'reflect-metadata';
import { Transform, Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsInt,
  IsString,
  Min,
  ValidateBy,
  ValidateNested,
  type ValidationOptions,
} from 'class-validator';
import { parseUrl } from '../http/parse-url.js';
import { findTrustedProxiesProblem } from '../http/trusted-proxies.js';
import { Check } from '../http/checks.js';

export class MetricsSettings {
  /** Whether `/metrics` takes a token with the scope `metrics:read`; open without. */
  @IsBoolean()
  requireToken!: boolean;
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
        validate: (text) => typeof text === 'string' && parseUrl(text)?.origin === text,
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
  @Check((value) => findTrustedProxiesProblem(value as string))
  trustProxy!: string;
}

/** YAML reads 1 and false as what they are. */
function isScalar(value: unknown): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}
