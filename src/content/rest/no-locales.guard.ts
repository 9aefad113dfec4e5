import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { RequestValidationError } from '../../http/envelope-error.js';

/** Where Strapi takes a locale: no attribute has these names. */
const OF_LOCALES = ['locale', 'localizations'];

/** Refuses requests that ask for a locale, rather than to answer with the only version that there is. */
@Injectable()
export class NoLocalesGuard implements CanActivate {
  /** @throws {RequestValidationError} when the query or the body's `data` names a locale */
  canActivate(context: ExecutionContext): boolean {
    const { query, body } = context.switchToHttp().getRequest<Request<unknown, unknown, unknown>>();
    const path = findInQuery(query) ?? findInData(body);
    if (path === null) return true;
    throw RequestValidationError.at(
      path,
      `${path.at(-1)} cannot be asked for: an entry here has one version, in one locale`,
    );
  }
}

/** Finds a locale as a parameter, or as a name in `fields`, `populate`, `sort` or `filters`; null: there is none. */
function findInQuery(query: Readonly<Record<string, unknown>>): string[] | null {
  for (const name of OF_LOCALES) if (Object.hasOwn(query, name)) return [name];
  for (const parameter of ['fields', 'populate', 'sort', 'filters']) {
    const value = query[parameter];
    const names = parameter === 'filters' && isObject(value) ? Object.keys(value) : listNames(value);
    const name = names.find((one) => OF_LOCALES.includes(one));
    if (name !== undefined) return [parameter, name];
  }
  return null;
}

/** The names of a parameter: its keys, and its values with commas, without a direction. */
function listNames(value: unknown): string[] {
  if (typeof value === 'string') return value.split(',').map((one) => one.trim().split(':')[0] ?? '');
  if (typeof value !== 'object' || value === null) return [];
  return [
    ...Object.keys(value),
    ...Object.values(value).flatMap((one) => (typeof one === 'string' ? listNames(one) : [])),
  ];
}

function findInData(body: unknown): string[] | null {
  const data = isObject(body) ? body['data'] : undefined;
  for (const one of [data].flat()) {
    const name = isObject(one) ? OF_LOCALES.find((key) => Object.hasOwn(one, key)) : undefined;
    if (name !== undefined) return ['data', name];
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
