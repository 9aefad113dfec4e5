import { ContentTypeError } from '../content-type-error.js';
import type { Component } from '../content-type.js';
import { parseAttributes } from './parse-attributes.js';
import { markPrivate, parseOwnPrivateAttributes } from './private-attributes.js';
import type { SchemaContext } from './schema-context.js';
import { isObject } from './schema-object.js';

/** Strapi's editor writes small letters, digits and dashes; files that people write have more. */
const UID = /^[A-Za-z][A-Za-z0-9_-]{0,62}\.[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/**
 * Parses a component's file. Faults of attributes are in the report.
 *
 * @param source the parsed JSON
 * @param file the file's path, for messages
 * @param uid the names of its folder and file: `shared.seo`
 * @throws {ContentTypeError} when the file has another fault
 */
export function parseComponent(
  source: unknown,
  file: string,
  uid: string,
  { report, leftOut, privateAttributes }: SchemaContext,
): Component {
  const refuse = (problem: string): never => {
    throw new ContentTypeError(file, null, problem);
  };
  if (!UID.test(uid)) {
    refuse(
      `its uid would be "${uid}": a component's folder and file have names of letters, digits, - and _.`,
    );
  }
  if (!isObject(source)) return refuse('must hold a JSON object.');
  const { info, options, attributes } = source;
  if (!isObject(attributes)) return refuse('"attributes" must be an object of attributes.');
  const parsed = parseAttributes(attributes, { file, uid, isInComponent: true, leftOut, report });
  const ownPrivate = parseOwnPrivateAttributes(options, attributes, parsed, refuse);
  const displayName = isObject(info) ? info['displayName'] : undefined;
  return {
    uid,
    displayName: typeof displayName === 'string' ? displayName : uid,
    attributes: markPrivate(parsed, [...ownPrivate, ...privateAttributes]),
    file,
  };
}
