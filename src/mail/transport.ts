/** The ways out for a mail. Each is loaded when it is used. */
import type { Timestamp } from '../base/clock.ts'
import type { MailTransportConfig } from '../config/config.ts'
import type { MailName } from './mails.ts'

export interface Outgoing {
  readonly id: string
  readonly name: MailName
  readonly date: Timestamp
  readonly from: string
  readonly to: string
  readonly bytes: Buffer
  /** What of it a person at a terminal wants to read. */
  readonly readable: { readonly subject: string; readonly text: string }
}

/** `failed` may pass, or be mended; `refused` will not. `reason` is for the operator: no address, nothing of the mail. */
export type Sent =
  | { readonly kind: 'accepted'; readonly answer: string }
  | { readonly kind: 'failed' | 'refused'; readonly reason: string; readonly advice?: string | undefined }

/** @param helo the host name that we say is ours */
export async function sendMail(transport: MailTransportConfig, mail: Outgoing, helo: string): Promise<Sent> {
  switch (transport.kind) {
    case 'smtp':
      return (await import('./smtp.ts')).sendBySmtp(transport, mail, helo)
    case 'folder':
      return (await import('./folder.ts')).sendToFolder(transport.folder, mail)
    case 'console':
      return (await import('./console.ts')).sendToConsole(mail)
  }
}
