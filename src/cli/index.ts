/** The list of commands. */
import { account } from './account.ts'
import { check } from './check.ts'
import type { Command } from './command.ts'
import { health } from './health.ts'
import { keys } from './keys.ts'
import { secret } from './secret.ts'
import { serve } from './serve.ts'

export const commands: readonly Command[] = [serve, check, account, keys, secret, health]
