/** The injection token of whether the module has the portal. */
export const HAS_PORTAL = 'posthorn.has-portal';
