const LONGEST = 255;

/**
 * What is wrong with the name of a tenant, null when nothing is. Spaces at its ends are refused because MySQL takes
 * no notice of those at the end: `acme ` would see the things of `acme`.
 */
export function tenantProblem(name: string): string | null {
  if (name === '' || name.length > LONGEST) return `tenant must have 1 to ${LONGEST} characters`;
  if (name !== name.trim()) return 'tenant must not begin or end with a space';
  return null;
}
