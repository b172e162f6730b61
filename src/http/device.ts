/** A browser as pages and mails name it: "Firefox on Windows". */
import { type Device, deviceOf } from '../base/user-agent.ts'
import { type Message, message } from '../words/message.ts'

export const deviceMessage = (userAgent: string | undefined): Message => deviceInWords(deviceOf(userAgent))

export function deviceInWords({ browser, system }: Device): Message {
  if (browser !== undefined && system !== undefined) return message('device.browser_on', { browser, system })
  if (browser !== undefined) return message('device.browser', { browser })
  return system === undefined ? message('device.unknown') : message('device.system', { system })
}
