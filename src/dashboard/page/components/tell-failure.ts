import { notifications } from '@mantine/notifications';
import { messageOf } from '../api/api-error.js';

/** Says in passing that something could not be done, and why. */
export const tellFailure = (error: Error): void =>
  void notifications.show({ color: 'red', message: messageOf(error) });
