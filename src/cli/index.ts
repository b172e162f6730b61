/** The list of commands. Each is loaded when it is asked for: the server need not carry the others in its memory. */
import type { Command } from './command.ts'

/** Gives the command; its name here and its own are the same. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serve,
  reload: async () => (await import('./reload.ts')).reload,
  check: async () => (await import('./check.ts')).check,
  plan: async () => (await import('./plan.ts')).plan,
  account: async () => (await import('./account.ts')).account,
  client: async () => (await import('./client.ts')).client,
  claims: async () => (await import('./claims.ts')).claims,
  keys: async () => (await import('./keys.ts')).keys,
  doctor: async () => (await import('./doctor.ts')).doctor,
  audit: async () => (await import('./audit.ts')).audit,
  mail: async () => (await import('./mail.ts')).mail,
  deliveries: async () => (await import('./deliveries.ts')).deliveries,
  explain: async () => (await import('./explain.ts')).explain,
  backup: async () => (await import('./backup.ts')).backup,
  export: async () => (await import('./export.ts')).exportAll,
  restore: async () => (await import('./restore.ts')).restore,
  secret: async () => (await import('./secret.ts')).secret,
  health: async () => (await import('./health.ts')).health,
}
