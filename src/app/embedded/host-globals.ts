import type { Type } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { InterceptorsContextCreator } from '@nestjs/core/interceptors/interceptors-context-creator.js';
import { PipesContextCreator } from '@nestjs/core/pipes/pipes-context-creator.js';

/** A part of Nest that collects the global enhancers of an application, and those of a controller, for a route. */
interface ContextCreator {
  create(instance: object, ...rest: unknown[]): unknown;
}

const WITHOUT_GLOBALS = new ApplicationConfig();
const apart = new WeakSet<object>();
let isPrepared = false;

/**
 * Keeps the global interceptors and pipes of an application away from a controller. Nest has no option for that: it
 * collects them for each route, before those of the controller, which could not undo what they did. Global filters come
 * after the controller's own, which leaves nothing to them, and global guards stay.
 */
export function keepGlobalsAway(controller: Type): void {
  if (!isPrepared) {
    leaveOutGlobals(PipesContextCreator.prototype as unknown as ContextCreator);
    leaveOutGlobals(InterceptorsContextCreator.prototype as unknown as ContextCreator);
    isPrepared = true;
  }
  apart.add(controller);
}

function leaveOutGlobals(creator: ContextCreator): void {
  const { create } = creator;
  creator.create = function createForRoute(this: ContextCreator, instance, ...rest) {
    if (!apart.has(instance.constructor)) return create.call(this, instance, ...rest);
    const bare = Object.create(this, { config: { value: WITHOUT_GLOBALS } }) as ContextCreator;
    return create.call(bare, instance, ...rest);
  };
}
