/** The list of commands. Each is loaded when it is asked for: the server need not carry the others in its memory. */
import type { Command } from './command.ts'

/** Gives the command; its name here and its own are the same. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serve,
  check: async () => (await import('./check.ts')).check,
  account: async () => (await import('./account.ts')).account,
  client: async () => (await import('./client.ts')).client,
  claims: async () => (await import('./claims.ts')).claims,
  keys: async () => (await import('./keys.ts')).keys,
  deliveries: async () => (await import('./deliveries.ts')).deliveries,
  backup: async () => (await import('./backup.ts')).backup,
  restore: async () => (await import('./restore.ts')).restore,
  secret: async () => (await import('./secret.ts')).secret,
  health: async () => (await import('./health.ts')).health,
}
