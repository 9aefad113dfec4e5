import { ForbiddenError } from '../http/envelope-error.js';

const LONGEST = 255;

/** The tenant whose things a caller sees and makes; null: everyone's. Others' do not exist for it. */
export type Viewer = string | null;

/** The condition under which a row exists for a viewer. */
export function restrictToTenant(viewer: Viewer): { tenant?: string } {
  return viewer === null ? {} : { tenant: viewer };
}

/**
 * The tenant that something gets.
 *
 * @param asked what the viewer asked for; undefined: nothing
 * @param kept what it has if nothing was asked for
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
 * What is wrong with the name of a tenant, null when nothing is. Spaces at its ends are refused because MySQL takes
 * no notice of those at the end: `acme ` would see the things of `acme`.
 */
export function findTenantProblem(name: string): string | null {
  if (name === '' || name.length > LONGEST) return `tenant must have 1 to ${LONGEST} characters`;
  if (name !== name.trim()) return 'tenant must not begin or end with a space';
  return null;
}
