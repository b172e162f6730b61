/** What a command has changed goes into the audit log: who runs it is an operator, by the name that the system has for them. */
import { userInfo } from 'node:os'
import { openAudit } from '../audit/audit.ts'
import { type Seals, seals } from '../audit/chain.ts'
import type { AuditEvent } from '../audit/event.ts'
import type { Log } from '../base/log.ts'
import type { Config } from '../config/config.ts'
import { deriveKey } from '../keys/sealing.ts'
import { loadSealingKey, SealingKeyError } from '../keys/sealing-key.ts'
import type { Storage } from '../storage/storage.ts'
import type { Terminal } from './command.ts'

/** Resolves when they are in the database, or when it is said on standard error that they are not: what was done is done. */
export type RecordChange = (...events: readonly AuditEvent[]) => Promise<void>

export interface RecordNeeds {
  readonly config: Pick<Config, 'keys' | 'audit'>
  readonly storage: Pick<Storage, 'auditEvents'>
}

export const recorder =
  ({ config, storage }: RecordNeeds, terminal: Terminal): RecordChange =>
  async (...events) => {
    let isWritten = true
    const fail = (): void => {
      isWritten = false
    }
    const audit = openAudit({
      store: storage.auditEvents,
      seals: await sealsOf(config, terminal),
      config: () => config.audit,
      clock: terminal.clock,
      log: { ...SILENT, error: fail, debug: fail },
    })
    const actor = operator(terminal)
    for (const event of events) audit.record(event, { actor })
    await audit.stop()
    if (!isWritten) terminal.stderr.write('Attention: this could not be written to the audit log.\n')
  }

/** With the sealing key that is here; undefined: there is none yet, or it is lost. None is made for this. */
export async function sealsOf({ keys }: Pick<Config, 'keys'>, { random }: Terminal): Promise<Seals | undefined> {
  try {
    const { bytes } = await loadSealingKey(keys.sealingKey, { random, hasSealedKeys: true })
    return seals(deriveKey(bytes, 'audit'))
  } catch (error) {
    if (error instanceof SealingKeyError) return undefined
    throw error
  }
}

export function operator({ env }: Pick<Terminal, 'env'>): string {
  const name = env['SUDO_USER'] || nameOfUser()
  return name === undefined ? 'operator' : `operator:${name}`
}

/** A container may run as a user without a name. */
function nameOfUser(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}

const ignore = (): void => {}
const SILENT: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
