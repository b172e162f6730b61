/** The section `sign_up` as the code uses it. */
import type { SignUpConfig } from './config.ts'
import type { ConfigFile } from './schema.ts'

export function resolveSignUp({ mode, ...file }: ConfigFile['sign_up']): SignUpConfig | undefined {
  if (mode === 'off') return undefined
  const { allowed_domains: allowedDomains, groups, username, name } = file
  return { mode, allowedDomains, groups, username, name }
}
