import { allOf, between, Check, ofType, Optional, type ValueCheck, whole } from '../../http/checks.js';
import { Secret } from '../../http/secret-property.js';
import type { RotationInput } from '../registrations/secret-rotation.js';
import { SECRET_TYPES, findSecretProblem, type SecretType } from '../secrets/signing-secret.js';

const A_WEEK_S = 604_800;

const aType: ValueCheck = (value) =>
  SECRET_TYPES.includes(value as SecretType) ? null : `type must be one of: ${SECRET_TYPES.join(', ')}`;

const aSecret: ValueCheck = (value) =>
  typeof value === 'string' ? findSecretProblem(value) : 'secret must be a `string` type';

/** The body of `POST /admin/webhooks/:id/secret/rotate`. */
export class RotateSecretBody implements RotationInput {
  /** The grace time of the replaced secret, seconds; default: a day. */
  @Optional()
  @Check(allOf(ofType('number'), whole, between(0, A_WEEK_S, 'seconds')))
  graceSeconds?: number;

  /** The new secret; default: a generated one. */
  @Secret()
  @Optional()
  @Check(aSecret)
  secret?: string;

  /** The type of the new secret; default: that of the replaced one. */
  @Optional()
  @Check(allOf(ofType('string'), aType))
  type?: SecretType;
}
