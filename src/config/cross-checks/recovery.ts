/** Rules for `recovery`: a new password by mail takes mails. */
import { hasWayOut } from '../resolve-mail.ts'
import type { Facts } from './facts.ts'

export function reportRecoveryFaults({ file, faults }: Facts): void {
  const { recovery, mail } = file
  if (recovery?.password !== true || faults.touches(['mail'])) return
  if (mail !== undefined && hasWayOut(mail)) return
  faults.report(['recovery', 'password'], {
    message: 'is on, but no mail can be sent, so nobody could choose a new password',
    allowed: 'a way out in `mail` (docs/mail.md), or false',
  })
}
