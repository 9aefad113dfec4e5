import { adminAuditSchema } from './audit/admin-audit.entity.js';
import { portalSessionSchema } from './portal/portal-session.entity.js';
import { adminTokenSchema, adminTokenUseSchema } from './tokens/admin-token.entity.js';

/** The entities of the admin module, for the data source. */
export const adminEntities = (prefix = '') => [
  adminTokenSchema(prefix),
  adminTokenUseSchema(prefix),
  adminAuditSchema(prefix),
  portalSessionSchema(prefix),
];
