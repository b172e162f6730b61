/** The list of commands. */
import { account } from './account.ts'
import { backup } from './backup.ts'
import { check } from './check.ts'
import type { Command } from './command.ts'
import { health } from './health.ts'
import { keys } from './keys.ts'
import { restore } from './restore.ts'
import { secret } from './secret.ts'
import { serve } from './serve.ts'

export const commands: readonly Command[] = [serve, check, account, keys, backup, restore, secret, health]
