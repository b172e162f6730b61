/** Whether a password may be chosen on a page: by the rules, and by whoever knows the stolen ones where the configuration names them. */
import type { Log } from '../base/log.ts'
import type { Config } from '../config/config.ts'
import type { Egress } from '../egress/egress.ts'
import { isBreached } from './breach-check.ts'
import type { PasswordFlaw } from './password-rules.ts'

export type NewPasswordFlaw = PasswordFlaw | 'breached'

export interface NewPasswordDeps {
  readonly config: Pick<Config, 'name' | 'passwords'>
  readonly egress: Pick<Egress, 'get'>
  readonly log: Pick<Log, 'warn'>
}

export interface NewPassword {
  readonly password: string
  readonly username: string
  readonly email: string | undefined
}

/** Undefined: it may be chosen. */
export async function newPasswordFlaw(
  { config, egress, log }: NewPasswordDeps,
  { password, username, email }: NewPassword,
): Promise<NewPasswordFlaw | undefined> {
  // The list of common ones takes memory: only where passwords are chosen.
  const { passwordFlaw } = await import('./password-rules.ts')
  const flaw = passwordFlaw(password, username, { email, installation: config.name })
  const { breachCheckUrl } = config.passwords
  if (flaw !== undefined || breachCheckUrl === undefined) return flaw
  return (await isBreached({ egress, log }, breachCheckUrl, password)) ? 'breached' : undefined
}
