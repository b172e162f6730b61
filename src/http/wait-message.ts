/** How long to wait, as a person counts. */
import { type Message, message } from '../words/message.ts'

/** "40 seconds", "3 minutes": never too early. */
export const waitMessage = (seconds: number): Message =>
  seconds <= 90
    ? message('wait.seconds', { count: seconds })
    : message('wait.minutes', { count: Math.ceil(seconds / 60) })
