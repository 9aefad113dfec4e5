import {
  applyDecorators,
  type CanActivate,
  Controller,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { AuditInterceptor } from '../../admin/audit/audit.interceptor.js';
import { EnvelopeFilter } from '../../http/envelope.filter.js';
import { QueryInterceptor } from '../../http/query-interceptor.js';
import { createValidationPipe } from '../../http/validation-pipe.js';
import { keepGlobalsAway } from './host-globals.js';

/** The host's settings of Posthorn's controllers. */
export interface Hosting {
  /** Put before each path; may be empty. */
  routePrefix: string;
  /** Run in this order, before anything else. */
  guards: (Type<CanActivate> | CanActivate)[];
  /** Applied to each controller: `ApiTags('webhooks')`, for example. */
  decorators: ClassDecorator[];
}

/**
 * Makes subclasses of controllers with the host's prefix, guards and decorators, and with Posthorn's interceptors,
 * exception filter and validation pipe, so that answers do not depend on the host's global ones, which are kept away, nor
 * on its versioning. The controllers themselves are not changed, because another module in the same process may host them with other settings.
 */
export function subclassControllers(controllers: readonly Type[], hosting: Hosting): Type[] {
  return controllers.map((controller) => subclassController(controller, hosting));
}

function subclassController(controller: Type, { routePrefix, guards, decorators }: Hosting): Type {
  const paths = [Reflect.getMetadata(PATH_METADATA, controller) as string | string[]].flat();
  const name = `Hosted${controller.name}`;
  const subclass = { [name]: class extends controller {} }[name] as Type;
  applyDecorators(
    Controller({ path: paths.map((path) => joinPath(routePrefix, path)), version: VERSION_NEUTRAL }),
    UseGuards(...guards),
    UseInterceptors(new QueryInterceptor(), AuditInterceptor),
    UseFilters(EnvelopeFilter),
    UsePipes(createValidationPipe()),
    ...decorators,
  )(subclass);
  keepGlobalsAway(subclass);
  return subclass;
}

function joinPath(...parts: string[]): string {
  return parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/');
}
