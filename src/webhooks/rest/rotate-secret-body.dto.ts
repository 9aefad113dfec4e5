import { between, type ValueCheck, allOf, Optional, ofType, Check, whole } from '../../http/checks.js';
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
  /** How long the replaced secret signs beside the new one, seconds; a day unless told. */
  @Optional()
  @Check(allOf(ofType('number'), whole, between(0, A_WEEK_S, 'seconds')))
  graceSeconds?: number;

  /** The new secret; one is made unless told. */
  @Secret()
  @Optional()
  @Check(aSecret)
  secret?: string;

  /** How the new secret signs; as before unless told. */
  @Optional()
  @Check(allOf(ofType('string'), aType))
  type?: SecretType;
}
