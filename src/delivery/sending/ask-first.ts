import { DecoratorHandler, type Dispatcher } from 'undici';
import { NotSentError } from './not-sent.js';

/**
 * Wraps a connection pool so that a question is asked when a request has its connection and nothing is written yet:
 * connecting may take half a minute.
 */
export function askFirst(dispatcher: Dispatcher, mayGo: () => boolean): Dispatcher {
  return dispatcher.compose(
    (dispatch) => (request, handler) => dispatch(request, new AskingHandler(handler, mayGo)),
  );
}

/** undici's types leave out what its handler implements. */
const START = (DecoratorHandler.prototype as Required<Dispatcher.DispatchHandler>).onRequestStart;

class AskingHandler extends DecoratorHandler {
  constructor(
    handler: Dispatcher.DispatchHandler,
    private readonly mayGo: () => boolean,
  ) {
    super(handler);
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: object): void {
    if (this.mayGo()) START.call(this, controller, context);
    else controller.abort(new NotSentError());
  }
}
