import { restrictToTenant, resolveTenant, findTenantProblem } from './tenancy.js';

describe('resolveTenant', () => {
  it.each<[string, string | null | undefined, string | null, string | null, string | null]>([
    ['what is asked for', 'a', null, null, 'a'],
    ['what is kept', undefined, null, 'a', 'a'],
    ['nobody in particular', null, null, 'a', null],
    ['the viewer’s own', undefined, 'a', null, 'a'],
    ['the viewer’s own by name', 'a', 'a', null, 'a'],
  ])('gives %s', (_, asked, viewer, kept, expected) => {
    expect(resolveTenant(asked, viewer, kept)).toBe(expected);
  });

  it.each([['b'], [null]])('refuses %j to a viewer of another tenant', (asked) => {
    expect(() => resolveTenant(asked, 'a', 'a')).toThrow('works for the tenant "a" alone');
  });
});

describe('findTenantProblem', () => {
  it.each([
    ['acme', null],
    ['', 'tenant must have 1 to 255 characters'],
    ['a'.repeat(256), 'tenant must have 1 to 255 characters'],
    ['acme ', 'tenant must not begin or end with a space'],
  ])('says of %j', (name, expected) => {
    expect(findTenantProblem(name)).toBe(expected);
  });
});

describe('restrictToTenant', () => {
  it('shows everything to a viewer without a tenant, and its own to one with', () => {
    expect(restrictToTenant(null)).toEqual({});
    expect(restrictToTenant('a')).toEqual({ tenant: 'a' });
  });
});
