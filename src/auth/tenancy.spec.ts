import { ownedBy, tenantFor, tenantProblem } from './tenancy.js';

describe('tenantFor', () => {
  it.each<[string, string | null | undefined, string | null, string | null, string | null]>([
    ['what is asked for', 'a', null, null, 'a'],
    ['what is kept', undefined, null, 'a', 'a'],
    ['nobody in particular', null, null, 'a', null],
    ['the viewer’s own', undefined, 'a', null, 'a'],
    ['the viewer’s own by name', 'a', 'a', null, 'a'],
  ])('gives %s', (_, asked, viewer, kept, expected) => {
    expect(tenantFor(asked, viewer, kept)).toBe(expected);
  });

  it.each([['b'], [null]])('refuses %j to a viewer of another tenant', (asked) => {
    expect(() => tenantFor(asked, 'a', 'a')).toThrow('works for the tenant "a" alone');
  });
});

describe('tenantProblem', () => {
  it.each([
    ['acme', null],
    ['', 'tenant must have 1 to 255 characters'],
    ['a'.repeat(256), 'tenant must have 1 to 255 characters'],
    ['acme ', 'tenant must not begin or end with a space'],
  ])('says of %j', (name, expected) => {
    expect(tenantProblem(name)).toBe(expected);
  });
});

describe('ownedBy', () => {
  it('shows everything to a viewer without a tenant, and its own to one with', () => {
    expect(ownedBy(null)).toEqual({});
    expect(ownedBy('a')).toEqual({ tenant: 'a' });
  });
});
