/** Whether the end of the audit log is as it was written: a bounded look, for all of it there is `countersign audit verify`. */
import { seals } from '../../audit/chain.ts'
import { type Verdict, verifyChain } from '../../audit/verify.ts'
import { deriveKey } from '../../keys/sealing.ts'
import type { SealingKey } from '../../keys/sealing-key.ts'
import type { AuditEventStore } from '../../storage/storage.ts'
import { breakInWords } from '../audit/verify.ts'
import { type Finding, fine, problem, unknown } from './finding.ts'

export interface AuditChainInput {
  /** Undefined: the database cannot be asked. */
  readonly store: Pick<AuditEventStore, 'chain' | 'page' | 'find'> | undefined
  /** Or why there is none, in words. */
  readonly sealingKey: SealingKey | string
  /** Tests look at fewer. */
  readonly most?: number
}

/** Takes less than a second. */
const NEWEST = 10_000

export async function checkAuditChain({
  store,
  sealingKey,
  most = NEWEST,
}: AuditChainInput): Promise<readonly Finding[]> {
  if (store === undefined) return [unknown('the audit log: the database cannot be asked')]
  const chain = await store.chain()
  if (chain === undefined) return [fine('nothing is in the audit log yet')]
  const key = typeof sealingKey === 'string' ? undefined : seals(deriveKey(sealingKey.bytes, 'audit'))
  const from = Math.max(1, chain.head.number - most + 1)
  return [judge(await verifyChain({ store, seals: key, from }), { from, hasKey: key !== undefined })]
}

function judge(verdict: Verdict, { from, hasKey }: { from: number; hasKey: boolean }): Finding {
  const { broken, unprovenTo, count, first, head } = verdict
  const rest = from > 1 ? '; countersign audit verify looks at all' : ''
  if (broken !== undefined) {
    return problem(
      `the audit log was changed: ${breakInWords(broken)}`,
      'Somebody has written to the database past Countersign, or a part of a backup was put into it. Take a copy of the database as it is now, let countersign audit verify look at the whole, and compare with what was exported or shipped elsewhere (docs/audit.md).',
    )
  }
  const looked = `the newest ${count} events of the audit log (${first ?? '-'} to ${head?.number ?? '-'})`
  if (unprovenTo === undefined) return fine(`${looked} are as they were written${rest}`)
  return hasKey
    ? unknown(
        `${looked} fit together, but up to ${unprovenTo} they are sealed with another sealing key`,
        `If the sealing key was replaced then, countersign audit verify --from ${unprovenTo + 1} proves the rest. If it was not, this key is not the one that the server has.`,
      )
    : unknown(`${looked} fit together; that nobody made them up takes the sealing key to tell`)
}
