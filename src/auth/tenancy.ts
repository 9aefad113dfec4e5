import { ForbiddenError } from '../http/envelope-error.js';

/** Characters of a tenant's name. */
const LONGEST = 255;

/**
 * The tenant whose things a caller sees and creates; null: those of every tenant. To a caller with a tenant, things of
 * other tenants do not exist: it gets 404 for them.
 */
export type Viewer = string | null;

/** Builds the WHERE condition that limits a query to the rows that exist for a viewer. */
export function restrictToTenant(viewer: Viewer): { tenant?: string } {
  return viewer === null ? {} : { tenant: viewer };
}

/** Whether a thing exists for a viewer. */
export function mayView({ tenant }: { tenant: string | null }, viewer: Viewer): boolean {
  return viewer === null || tenant === viewer;
}

/**
 * Resolves the tenant of a thing that a viewer creates or changes.
 *
 * @param asked the tenant in the request; undefined: the request names none; null: no tenant
 * @param kept the tenant of the thing when the request names none
 * @throws {ForbiddenError} when a viewer with a tenant asks for another
 */
export function resolveTenant(
  asked: string | null | undefined,
  viewer: Viewer,
  kept: string | null,
): string | null {
  if (viewer === null) return asked === undefined ? kept : asked;
  if (asked === undefined || asked === viewer) return viewer;
  throw new ForbiddenError(
    `This token works for the tenant "${viewer}" alone: leave "tenant" out, or name that tenant.`,
  );
}

/**
 * Checks the name of a tenant. Spaces at its ends are refused because MySQL ignores trailing spaces when it compares:
 * `acme ` would see the things of `acme`.
 *
 * @returns what is wrong, in a sentence; null when it is valid
 */
export function findTenantProblem(name: string): string | null {
  if (name === '' || name.length > LONGEST) return `tenant must have 1 to ${LONGEST} characters`;
  if (name !== name.trim()) return 'tenant must not begin or end with a space';
  return null;
}
