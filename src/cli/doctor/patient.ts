/** What the checks look at, read once: whatever cannot be read is a finding of the check that needs it, and stops no other. */
import { readdirSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { networkInterfaces, totalmem } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import type { Timestamp } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import { clientFiles } from '../../config/client-files.ts'
import type { Config, KeysConfig } from '../../config/config.ts'
import { revisionOf } from '../../config/revision.ts'
import { type SecretPlaces, secretPlaces } from '../../config/secret-places.ts'
import { makeDoctorPass } from '../../keys/doctor-pass.ts'
import { keyUsers, type Outlook, outlooks, readSightings } from '../../keys/key-users.ts'
import { isPublished } from '../../keys/rotation.ts'
import { rotationPolicy } from '../../keys/rotation-policy.ts'
import { deriveKey } from '../../keys/sealing.ts'
import { parseSealingKey, type SealingKey, SealingKeyError } from '../../keys/sealing-key.ts'
import { readSealingKeyFile } from '../../keys/sealing-key-file.ts'
import type { ClientAddress, Storage, StoredSigningKey } from '../../storage/storage.ts'
import type { Answer, Ask } from './ask.ts'
import type { DiskFacts } from './disk.ts'
import type { OwnProcess } from './instances.ts'

/** The sealing key; or, in words, why there is none. Makes no file, as a start would. */
export async function readSealingKey(from: KeysConfig['sealingKey']): Promise<SealingKey | string> {
  try {
    if (from.kind === 'value') {
      const source = 'the value of keys.sealing_key'
      return { bytes: parseSealingKey(from.value, source), source }
    }
    const source = `the file ${from.path}`
    const text = await readSealingKeyFile(from.path)
    if (text === undefined) return `the sealing key file ${from.path} is missing. ${RESTORE}`
    return { bytes: parseSealingKey(text, source), source }
  } catch (error) {
    if (error instanceof SealingKeyError) return error.message
    throw error
  }
}

const RESTORE =
  'Restore the one that belongs to this database; only a new installation makes its own at the first start (keys/README.md).'

export function passOf(sealingKey: SealingKey | string, how: { now: Timestamp; random: Random }): string | undefined {
  return typeof sealingKey === 'string' ? undefined : makeDoctorPass(deriveKey(sealingKey.bytes, 'doctor'), how)
}

/** What is stored of the keys and of those who fetch them; undefined each where the database did not say. */
export interface Stored {
  readonly keys: readonly StoredSigningKey[] | undefined
  readonly publishedKids: readonly string[] | undefined
  readonly outlooks: readonly Outlook[]
  readonly addresses: readonly ClientAddress[] | undefined
}

export async function readStored(storage: Storage | string, config: Config, now: Timestamp): Promise<Stored> {
  const nothing = { keys: undefined, publishedKids: undefined, outlooks: [], addresses: undefined }
  if (typeof storage === 'string') return nothing
  const keys = await storage.signingKeys.list().catch(() => undefined)
  const publishedKids = keys?.filter((key) => isPublished(key, now)).map(({ kid }) => kid)
  const sightings = await readSightings(storage.jwksFetches, now).catch(() => undefined)
  if (keys === undefined || sightings === undefined) return { ...nothing, keys, publishedKids }
  const { clients } = config
  const { users } = keyUsers(sightings, clients, now)
  return {
    ...{ keys, publishedKids, addresses: sightings.addresses },
    outlooks: outlooks(keys, rotationPolicy(config), { users, clients, now }),
  }
}

/** By `/readyz?verbose` of this machine's server. */
export async function ownProcess(ask: Ask, origin: string | undefined): Promise<OwnProcess | undefined> {
  if (origin === undefined) return undefined
  try {
    const { configuration } = JSON.parse((await ask(`${origin}/readyz?verbose`)).body)
    const { revision, last_reload: last } = configuration
    return typeof revision === 'string' ? { revision, outcome: last && String(last.outcome) } : undefined
  } catch {
    // Whether it answers is for others to say.
    return undefined
  }
}

/** Enough to know since when each serves what it does. */
const NEWEST_CHANGES = 100

/** undefined each where the database did not say; without the log of changes a start is all that is known. */
export async function readInstances(storage: Storage | string) {
  if (typeof storage === 'string') return { instances: undefined, events: [] }
  const kinds = ['config_changed', 'config_refused']
  return {
    instances: await storage.instances.list().catch(() => undefined),
    events: await storage.auditEvents.newest({ kinds }, NEWEST_CHANGES).catch(() => []),
  }
}

/** Entries that are asked for; of more the age is not known. */
const MOST_ENTRIES = 1000

/** undefined each where the database did not say. */
export async function readUse(storage: Storage | string, clients: Config['clients']) {
  const entrySince = new Map<string, Timestamp>()
  if (typeof storage === 'string') return { uses: undefined, countedSince: undefined, entrySince }
  const uses = await storage.clientUses.since(0).catch(() => undefined)
  const countedSince = await storage.clientUses.countedSince().catch(() => undefined)
  for (const { id } of clients.slice(0, MOST_ENTRIES)) {
    const entry = await storage.configEntries.find('client', id).catch(() => undefined)
    if (entry !== undefined) entrySince.set(id, entry.since)
  }
  return { uses, countedSince, entrySince }
}

/** As a process on this machine would name it. */
export const revisionHere = (config: Config, sealingKey: SealingKey): string =>
  revisionOf(config, deriveKey(sealingKey.bytes, 'config-revisions'))

/** Asks each URL once, whoever wants to know. */
export function askingOnce(ask: Ask): Ask {
  const asked = new Map<string, Promise<Answer>>()
  return (url, headers) => {
    const key = JSON.stringify([url, headers])
    const answer = asked.get(key) ?? ask(url, headers)
    asked.set(key, answer)
    return answer
  }
}

/** Of the configuration file and those of clients.d/, by their paths. */
export function placesOf(configPath: string): ReadonlyMap<string, SecretPlaces> {
  const main = resolve(configPath)
  return new Map([main, ...clientFiles(dirname(main))].map((path) => [path, secretPlaces(readFileSync(path, 'utf8'))]))
}

/** undefined: there is no such file, or this system does not say. */
export function diskOf(path: string): DiskFacts | undefined {
  try {
    const folder = dirname(path)
    const { bavail, blocks, bsize } = statfsSync(folder)
    const files = readdirSync(folder).filter((name) => name.startsWith(basename(path)))
    const used = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
    return { free: bavail * bsize, total: blocks * bsize, used }
  } catch {
    return undefined
  }
}

/** Of this machine. */
export const ownAddresses = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address))

/** Of the container where it has a limit, else of the machine; in bytes. */
export function memoryHere(): number {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < totalmem() ? limit : totalmem()
}
