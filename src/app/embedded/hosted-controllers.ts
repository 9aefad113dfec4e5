import {
  applyDecorators,
  type CanActivate,
  Controller,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { AuditInterceptor } from '../../admin/audit/audit.interceptor.js';
import { EnvelopeFilter } from '../../http/envelope.filter.js';
import { validationPipe } from '../../http/validated-body.js';

/** What a host gives to our controllers. */
export interface Hosting {
  /** What stands before each path; empty: nothing. */
  routePrefix: string;
  /** Asked in this order, before anything else. */
  guards: (Type<CanActivate> | CanActivate)[];
  /** Put on each controller: `ApiTags('webhooks')` for one. */
  decorators: ClassDecorator[];
}

/**
 * Controllers as a host wants them: subclasses with its prefix, guards and decorators, and with our own audit,
 * filter and pipe, so that answers are the same whatever the host's global ones are. The controllers themselves stay as they are:
 * two hosts in one process may want them differently.
 */
export function hostedControllers(controllers: readonly Type[], hosting: Hosting): Type[] {
  return controllers.map((controller) => hosted(controller, hosting));
}

function hosted(controller: Type, { routePrefix, guards, decorators }: Hosting): Type {
  const paths = [Reflect.getMetadata(PATH_METADATA, controller) as string | string[]].flat();
  const name = `Hosted${controller.name}`;
  const subclass = { [name]: class extends controller {} }[name] as Type;
  applyDecorators(
    Controller(paths.map((path) => joined(routePrefix, path))),
    UseGuards(...guards),
    UseInterceptors(AuditInterceptor),
    UseFilters(EnvelopeFilter),
    UsePipes(validationPipe()),
    ...decorators,
  )(subclass);
  return subclass;
}

function joined(...parts: string[]): string {
  return parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/');
}
