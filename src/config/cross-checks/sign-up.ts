/** Rules for `sign_up`: nobody signs up without a mail, nor becomes an admin by it. */
import type { Facts } from './facts.ts'

export function reportSignUpFaults({ file, faults }: Facts): void {
  const { sign_up: signUp, mail, admin } = file
  if (signUp === undefined) return
  const at = (key: string) => ['sign_up', key]
  const mode = signUp.mode ?? 'off'
  const domains = signUp.allowed_domains ?? []
  // Links of invitations can be handed over.
  if ((mode === 'open' || mode === 'domains') && !hasWayOut(mail) && !faults.touches(['mail'])) {
    faults.report(at('mode'), {
      message: 'needs mails: nobody has an account before their address is proven, and `mail` names no way out',
      allowed: 'a section `mail` (docs/mail.md); off; or invitation, whose links can be handed over by hand',
    })
  }
  if (mode === 'domains' && domains.length === 0 && !faults.touches(at('allowed_domains'))) {
    faults.report(at('allowed_domains'), {
      message: 'is missing: with `mode: domains` nobody could sign up',
      allowed: 'at least one mail domain, such as example.com',
    })
  }
  if (domains.length > 0 && mode !== 'domains' && !faults.touches(at('mode'))) {
    faults.report(at('allowed_domains'), {
      message: `does nothing with \`mode: ${mode}\`${mode === 'open' ? ': any address may sign up' : ''}`,
      allowed: '`mode: domains`, or no domains',
    })
  }
  const powerful = (signUp.groups ?? []).find((group) => group !== undefined && admin?.groups?.includes(group))
  if (powerful !== undefined) {
    faults.report(at('groups'), {
      message: `has ${JSON.stringify(powerful)}, which is in \`admin.groups\`: whoever signs up would be an admin`,
      allowed: 'groups that admin.groups does not have',
    })
  }
}

function hasWayOut(mail: Facts['file']['mail']): boolean {
  return mail?.smtp !== undefined || mail?.folder !== undefined || mail?.console === true
}
