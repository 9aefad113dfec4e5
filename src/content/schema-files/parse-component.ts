import { ContentTypeError } from '../content-type-error.js';
import type { Component } from '../content-type.js';
import { parseAttributes } from './parse-attributes.js';
import { markPrivate, parseOwnPrivateAttributes } from './private-attributes.js';
import { isObject } from './schema-object.js';

const UID = /^[a-z][a-z0-9-]{0,62}\.[a-z0-9][a-z0-9-]{0,62}$/;

/**
 * Parses a component's file.
 *
 * @param source the parsed JSON
 * @param file the file's path, for messages
 * @param uid the names of its folder and file: `shared.seo`
 * @param leaveOut called for each attribute that is left out
 * @param privateAttributes the names that are private in every component. Default: none
 * @throws {ContentTypeError} at the first error
 */
export function parseComponent(
  source: unknown,
  file: string,
  uid: string,
  leaveOut: (file: string, attribute: string) => void,
  privateAttributes: readonly string[] = [],
): Component {
  const refuse = (problem: string): never => {
    throw new ContentTypeError(file, null, problem);
  };
  if (!UID.test(uid)) {
    refuse(
      `its uid would be "${uid}": a component's folder and file have names of small letters, digits and -.`,
    );
  }
  if (!isObject(source)) return refuse('must hold a JSON object.');
  const { info, options, attributes } = source;
  if (!isObject(attributes)) return refuse('"attributes" must be an object of attributes.');
  const parsed = parseAttributes(attributes, { file, isInComponent: true, leaveOut });
  const ownPrivate = parseOwnPrivateAttributes(options, attributes, parsed, refuse);
  const displayName = isObject(info) ? info['displayName'] : undefined;
  return {
    uid,
    displayName: typeof displayName === 'string' ? displayName : uid,
    attributes: markPrivate(parsed, [...ownPrivate, ...privateAttributes]),
    file,
  };
}
