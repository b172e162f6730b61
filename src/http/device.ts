/** A browser as pages and mails name it: "Firefox on Windows". */
import { deviceOf } from '../base/user-agent.ts'
import { type Message, message } from '../words/message.ts'

export function deviceMessage(userAgent: string | undefined): Message {
  const { browser, system } = deviceOf(userAgent)
  if (browser !== undefined && system !== undefined) return message('device.browser_on', { browser, system })
  if (browser !== undefined) return message('device.browser', { browser })
  return system === undefined ? message('device.unknown') : message('device.system', { system })
}
