/** What a command does to an account is told its owner by mail, as what a page does: it goes into the outbox, and a server sends it. */
import { createSecretKey } from 'node:crypto'
import type { AuditEvent } from '../../audit/event.ts'
import { tellOwner } from '../../authorization/owner-notices.ts'
import type { Log } from '../../base/log.ts'
import { sealedMails } from '../../keys/sealed-mails.ts'
import { deriveKey } from '../../keys/sealing.ts'
import { loadSealingKey, SealingKeyError } from '../../keys/sealing-key.ts'
import { mailer } from '../../mail/mailer.ts'
import type { Account } from '../../storage/storage.ts'
import type { Terminal } from '../command.ts'
import type { Opened } from '../open.ts'
import { operator } from '../record.ts'

type TellerNeeds = Pick<Opened, 'config' | 'storage'>

export const ownerTeller =
  ({ config, storage }: TellerNeeds, terminal: Terminal) =>
  async (event: AuditEvent, account: Account): Promise<void> => {
    if (config.mail === undefined) return
    const { clock, random } = terminal
    const fail = (): void => {
      terminal.stderr.write('Attention: the owner of the account could not be told by mail.\n')
    }
    const ignore = (): void => {}
    const log: Log = { debug: fail, info: ignore, warn: ignore, error: fail }
    try {
      // There is one where anything was ever sealed; none is made for this.
      const { bytes } = await loadSealingKey(config.keys.sealingKey, { random, hasSealedKeys: true })
      const mails = mailer({
        ...{ config, storage, clock, random },
        mailSeals: sealedMails(bytes, random),
        throttlingKey: createSecretKey(deriveKey(bytes, 'throttling')),
        // A server looks for itself.
        deliveries: () => ({ kick: ignore }),
      })
      await tellOwner({ config, storage, clock, mailer: mails }, event, {
        context: { actor: operator(terminal), account },
        log,
      })
    } catch (error) {
      if (!(error instanceof SealingKeyError)) throw error
      fail()
    }
  }
