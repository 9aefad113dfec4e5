// The decorators below store their metadata with it.
import 'reflect-metadata';
import { IsArray, IsObject, IsOptional, IsString, Length } from 'class-validator';
import { Check } from '../http/checks.js';
import { isLoopbackName } from '../http/host-names.js';
import { parseUrl } from '../http/parse-url.js';

/** The parts of the page whose colour can be set. */
export const PORTAL_COLORS = ['primary', 'header'] as const;

/** Colours of the portal, `#rrggbb`. */
export type PortalColors = Partial<Record<(typeof PORTAL_COLORS)[number], string>>;

/** `portal`: the page for the customers of a host. */
export class PortalSettings {
  /** The name at the head of the page; null: `Webhooks`. */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  name!: string | null;

  /** The file of the logo at the head of the page: PNG, JPEG, GIF or WebP, at most 64 KiB; null: none. */
  @IsOptional()
  @IsString()
  logo!: string | null;

  /** `primary`: buttons, links and the chosen page; `header`: the bar at the top. What is left out is Posthorn's. */
  @IsObject()
  @Check(findColorsProblem)
  colors!: PortalColors;

  /** The scopes of a session that is made without any. */
  @IsArray()
  @IsString({ each: true })
  defaultScopes!: string[];

  /** The fields of a webhook that a session may set; the others keep their defaults, or what an administrator set. */
  @IsArray()
  @IsString({ each: true })
  maySet!: string[];

  /** Event types that tenants do not learn of. */
  @IsArray()
  @IsString({ each: true })
  hiddenEvents!: string[];
}

/**
 * Finds what is wrong with a public URL: the scheme, host and path under which the world reaches the routes.
 *
 * @returns a sentence; null when it can be used
 */
export function findPublicUrlProblem(text: string): string | null {
  const url = parseUrl(text);
  const isAddress =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === '' &&
    !/[?#]/.test(text);
  if (isAddress) return null;
  return 'publicUrl must be an address such as https://hooks.example.com/posthorn, without a query';
}

/**
 * Whether a browser keeps a `Secure` cookie of an address: https, or this machine, which browsers trust without TLS.
 *
 * @param url valid, as {@link findPublicUrlProblem} says
 */
export function mayHoldSecureCookie(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isLoopbackName(hostname);
}

function findColorsProblem(colors: unknown): string | null {
  for (const [part, color] of Object.entries(colors as object)) {
    if (!PORTAL_COLORS.includes(part as 'primary')) {
      return `colors has no "${part}"; it has ${PORTAL_COLORS.join(' and ')}`;
    }
    if (typeof color !== 'string' || !/^#[0-9a-f]{6}$/i.test(color)) {
      return `colors.${part} must be a colour such as #3b5bdb`;
    }
  }
  return null;
}
