import { findTenantProblem } from '../../auth/tenancy.js';
import {
  allOf,
  atMostCharacters,
  Check,
  identifier,
  Optional,
  ofType,
  required,
  type ValueCheck,
} from '../../http/checks.js';

/** A shorter text would stand in data of everybody. */
const SHORTEST_TEXT = 4;
const LONGEST_TEXT = 512;

const name = allOf(required, ofType('string'), atMostCharacters(255), identifier);

const text: ValueCheck = (value, property) => {
  const { length } = value as string;
  return length >= SHORTEST_TEXT && length <= LONGEST_TEXT
    ? null
    : `${property} must have ${SHORTEST_TEXT} to ${LONGEST_TEXT} characters`;
};

/** What is to be erased. Every key is optional, but at least one must be given; the given ones are joined by AND. */
export class EraseBody {
  /** The key of the thing that events tell of. */
  @Optional()
  @Check(name)
  key?: string;

  @Optional()
  @Check(name)
  model?: string;

  @Optional()
  @Check(allOf(ofType('string'), (value) => findTenantProblem(value as string)))
  tenant?: string;

  /** A text that stands in the data, in exactly this form: 4 to 512 characters. */
  @Optional()
  @Check(allOf(ofType('string'), text))
  contains?: string;
}
