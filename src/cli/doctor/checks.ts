/** Every check, in the order in which they are told. */
import { type Clocks, systemClock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import type { Config } from '../../config/config.ts'
import { type Fault, formatFault } from '../../config/fault.ts'
import { createEgress, egressPolicy } from '../../egress/egress.ts'
import { rotationPolicy } from '../../keys/rotation-policy.ts'
import { PATHS, urlOf } from '../../protocol/discovery.ts'
import type { Storage } from '../../storage/storage.ts'
import { sqlitePathOf } from '../open.ts'
import { type Answer, type Ask, ask } from './ask.ts'
import { checkAuditChain } from './audit-chain.ts'
import { checkCertificate } from './certificate.ts'
import { checkClientUrls } from './client-urls.ts'
import { checkClientUse } from './client-use.ts'
import { checkClients } from './clients.ts'
import { checkClock, type Moment } from './clock.ts'
import { checkDatabase } from './database.ts'
import { checkDisk } from './disk.ts'
import { checkFiles } from './files.ts'
import { type Check, type Finding, fine, unknown, warning } from './finding.ts'
import { checkInstances } from './instances.ts'
import { checkKeys } from './keys.ts'
import { checkMail } from './mail.ts'
import { checkMemory } from './memory.ts'
import {
  askingOnce,
  diskOf,
  memoryHere,
  ownAddresses,
  ownProcess,
  passOf,
  placesOf,
  readInstances,
  readSealingKey,
  readStored,
  readUse,
  revisionHere,
} from './patient.ts'
import { checkProxy } from './proxy.ts'
import { checkPublicUrl } from './public-url.ts'
import { checkServer, ownOrigin } from './server.ts'
import { checkUpstream } from './upstream.ts'

export interface DoctorInput extends Clocks {
  readonly config: Config
  readonly configPath: string
  /** What is likely not meant in the file. */
  readonly warnings: readonly Fault[]
  /** Or why it did not open, in words. */
  readonly storage: Storage | string
  readonly random: Random
}

export async function checksFor(input: DoctorInput): Promise<readonly Check[]> {
  const { config, configPath, storage, clock, steady, random } = input
  const now = clock.now()
  const once = askingOnce(ask)
  const sealingKey = await readSealingKey(config.keys.sealingKey)
  const stored = await readStored(storage, config, now)
  const databasePath = sqlitePathOf(config)
  const publicAnswer = (): Promise<Answer | undefined> =>
    once(urlOf(config.issuer, PATHS.openidConfiguration)).catch(() => undefined)
  const ownAnswer = async (): Promise<Answer | undefined> => {
    const origin = ownOrigin(config.listen)
    return origin === undefined ? undefined : once(`${origin}/readyz`).catch(() => undefined)
  }
  return [
    { name: 'Configuration', run: () => ofWarnings(input.warnings, configPath) },
    { name: 'This machine’s server', run: () => checkServer(config.listen, once) },
    {
      name: 'Processes',
      run: async () =>
        checkInstances({
          ...(await readInstances(storage)),
          own: await ownProcess(once, ownOrigin(config.listen)),
          revision: typeof sealingKey === 'string' ? undefined : revisionHere(config, sealingKey),
          ...{ configPath, now },
        }),
    },
    { name: 'Public URL', run: () => checkPublicUrl({ config, ask: once, kids: stored.publishedKids }) },
    {
      name: 'Proxy',
      run: async () => {
        const pass = passOf(sealingKey, { now, random })
        const isOwnCertificate = sameCertificate(await publicAnswer(), await ownAnswer())
        return checkProxy(config, { ask: once, pass, ownAddresses: ownAddresses(), isOwnCertificate })
      },
    },
    { name: 'Certificate', run: async () => checkCertificate(config, { tls: (await publicAnswer())?.tls, now }) },
    {
      name: 'Clock',
      run: async () =>
        checkClock({
          'the public URL': await dateOf(config.issuer, ask),
          'the database server': await databaseTime(storage),
        }),
    },
    { name: 'Database', run: () => checkDatabase(storage, steady) },
    {
      name: 'Audit log',
      run: () => checkAuditChain({ store: typeof storage === 'string' ? undefined : storage.auditEvents, sealingKey }),
    },
    { name: 'Files', run: () => checkFiles({ config, configPath, places: placesOf(configPath), databasePath }) },
    {
      name: 'Keys',
      run: () => checkKeys({ ...stored, sealingKey, policy: rotationPolicy(config), now }),
    },
    { name: 'Clients', run: () => checkClients({ config }) },
    {
      name: 'Use of clients',
      run: async () => {
        const { clients } = config
        const used = await readUse(storage, clients)
        return checkClientUse({ ...used, clients, addresses: stored.addresses, now })
      },
    },
    {
      name: 'URLs of clients',
      run: () => checkClientUrls(config.clients, createEgress({ policy: egressPolicy(config) })),
    },
    {
      name: 'Providers to sign in with',
      run: () => checkUpstream(config, createEgress({ policy: egressPolicy(config) })),
    },
    { name: 'Mail', run: async () => checkMail(config, (await import('../../mail/smtp.ts')).reachSmtp) },
    ...(databasePath === undefined ? [] : [{ name: 'Disk', run: () => ofDisk(databasePath) }]),
    { name: 'Memory', run: () => checkMemory(config.passwordHashing, memoryHere()) },
  ]
}

/** undefined: one of the two shows none. */
function sameCertificate(one: Answer | undefined, other: Answer | undefined): boolean | undefined {
  const [shown, own] = [one?.tls?.fingerprint, other?.tls?.fingerprint]
  return shown === undefined || own === undefined ? undefined : shown === own
}

function ofWarnings(warnings: readonly Fault[], path: string): readonly Finding[] {
  if (warnings.length === 0) return [fine(`${path} has no faults`)]
  return warnings.map((fault) => warning(formatFault(fault), 'Likely not meant: see docs/configuration.md.'))
}

function ofDisk(path: string): readonly Finding[] {
  const disk = diskOf(path)
  return disk === undefined
    ? [unknown('how much room there is: the folder of the database cannot be read')]
    : checkDisk(disk)
}

/** Read with the system's clock, as what answers does; an answer that a cache kept says nothing of now. */
async function dateOf(issuer: string, ask: Ask): Promise<Moment | undefined> {
  const answer = await ask(urlOf(issuer, PATHS.openidConfiguration)).catch(() => undefined)
  const there = Date.parse(String(answer?.headers['date']))
  const isKept = answer?.headers['age'] !== undefined && answer.headers['age'] !== '0'
  return Number.isNaN(there) || isKept ? undefined : { there, here: systemClock.now() }
}

async function databaseTime(storage: Storage | string): Promise<Moment | undefined> {
  if (typeof storage === 'string') return undefined
  const time = await storage.describe().then(
    (facts) => facts.time,
    () => undefined,
  )
  return time === undefined ? undefined : { there: time, here: systemClock.now() }
}
