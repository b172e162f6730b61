/** `countersign client secret`: another secret for a client, beside the one that its app still has. */
import { sha256 } from '../../base/hash.ts'
import { randomSecret } from '../../base/random.ts'
import type { KeyChange } from '../../config/edit/change-client.ts'
import type { Client } from '../../protocol/client.ts'
import { CommandError, type Terminal, UsageError } from '../command.ts'
import { CONFIG_OPTION } from '../config.ts'
import { type ConfigFile, changeEntry, findEntry, openConfigFile, type WrittenEntry } from './config-file.ts'
import { readWords, type Subcommand } from './subcommand.ts'

const OPTIONS = {
  ...CONFIG_OPTION,
  write: { type: 'boolean' },
  again: { type: 'boolean' },
  'end-previous': { type: 'boolean' },
  json: { type: 'boolean' },
} as const

const PREVIOUS = 'client_secret_previous_hash'
const FORMS = ['client_secret', 'client_secret_file', 'client_secret_hash'] as const

export const secret: Subcommand = async (args, { terminal }) => {
  const { values, positionals } = readWords(args, OPTIONS, ['the client_id'])
  if (values.again && values['end-previous']) throw new UsageError('--again or --end-previous?')
  const file = openConfigFile(values.config, terminal)
  const client = getClient(file, positionals[0] ?? '')
  const entry = findEntry(file, client.id)
  const isWritten = values.write === true
  if (values['end-previous']) return endPrevious({ file, client, entry, isWritten }, terminal)
  if (entry.keys.has(PREVIOUS) && !values.again) throw new CommandError(hasPrevious(client.id))
  const made = newSecret(client, entry, { isAgain: values.again === true, ...terminal })
  const refusal = isWritten ? attempt(() => writeSecret({ file, client, entry }, made, terminal)) : undefined
  const isDone = isWritten && refusal === undefined
  const told = { client, entry, made, isDone }
  terminal.stdout.write(values.json ? json(told) : text(told))
  if (refusal === undefined) return 0
  terminal.stderr.write(`countersign: ${refusal.message}\n`)
  return 1
}

/** Throws CommandError for a client that has no secret, or whose secret is not the file's business. */
function getClient({ config }: ConfigFile, id: string): Client {
  const client = config.clients.find((one) => one.id === id)
  if (client === undefined) {
    throw new CommandError('there is no client with this client_id in the configuration file (countersign client list)')
  }
  if (client.isPublic)
    throw new CommandError('it is a public client (token_endpoint_auth_method: none): it has no secret')
  if (client.secretHashes.length === 0) {
    throw new CommandError(
      'it has no secret: it signs with a key of its own (token_endpoint_auth_method: private_key_jwt)',
    )
  }
  return client
}

const hasPrevious = (id: string): string =>
  `the secret that it had before is still good (${PREVIOUS}). When the app has the newer one:\n` +
  `  countersign client secret ${id} --end-previous --write\n` +
  'When the newer one was lost before the app had it, --again makes another in its place, and the app goes on with the older one.'

interface Made {
  readonly value: string
  /** Undefined: the secret itself is needed where it stands, which is not the file. */
  readonly changes: readonly KeyChange[] | undefined
  /** The lines of the entry, for whoever puts them in by hand. */
  readonly lines: readonly (readonly [string, string])[]
  /** OpenID Connect Core §9, §10.1: a secret that is a key cannot be replaced by its hash, nor be one of two. */
  readonly isKey: boolean
  /** The secret before stays good for authentication. */
  readonly keepsPrevious: boolean
}

function newSecret(
  client: Client,
  entry: WrittenEntry,
  { isAgain, random }: Pick<Terminal, 'random'> & { isAgain: boolean },
): Made {
  const value = randomSecret(random)
  const form = FORMS.find((one) => entry.keys.has(one))
  if (form === undefined)
    throw new CommandError('its entry has no secret as it is written in the file: change it by hand')
  const [current = '', before] = client.secretHashes
  const isKey = usesSecretAsKey(client)
  const now = isKey ? (['client_secret', value] as const) : (['client_secret_hash', `sha256:${sha256(value)}`] as const)
  const keepsPrevious = client.metadata.token_endpoint_auth_method !== 'client_secret_jwt'
  const previous = `sha256:${isAgain && before !== undefined ? before : current}`
  const lines = keepsPrevious ? [now, [PREVIOUS, previous] as const] : [now]
  // A variable or a file holds it: there is where the new one goes.
  const isElsewhere =
    isKey && (form === 'client_secret_file' || entry.keys.get('client_secret')?.includes('${') !== false)
  const replace: KeyChange = { kind: 'replace', key: form, by: now[0], value: now[1] }
  const rest: readonly KeyChange[] = !keepsPrevious
    ? []
    : entry.keys.has(PREVIOUS)
      ? [{ kind: 'replace', key: PREVIOUS, by: PREVIOUS, value: previous }]
      : [{ kind: 'insert', after: now[0], key: PREVIOUS, value: previous }]
  return { value, isKey, keepsPrevious, lines, changes: isElsewhere ? undefined : [replace, ...rest] }
}

const usesSecretAsKey = ({ metadata }: Client): boolean =>
  metadata.token_endpoint_auth_method === 'client_secret_jwt' ||
  metadata.id_token_signed_response_alg === 'HS256' ||
  metadata.request_object_signing_alg === 'HS256'

interface Target {
  readonly file: ConfigFile
  readonly client: Client
  readonly entry: WrittenEntry
}

function writeSecret({ file, client, entry }: Target, { changes }: Made, terminal: Terminal): void {
  if (changes === undefined) {
    throw new CommandError('nothing was written: its secret is not in this file, and as a key it cannot be a hash')
  }
  changeEntry(file, { path: entry.path, clientId: client.id, changes }, terminal)
}

function endPrevious({ file, client, entry, isWritten }: Target & { isWritten: boolean }, terminal: Terminal): number {
  if (!entry.keys.has(PREVIOUS)) throw new CommandError('it has one secret alone: there is none to end')
  if (!isWritten) {
    terminal.stdout.write(`Take the line ${PREVIOUS} of ${client.id} out of ${entry.path}; --write does that.\n`)
    return 0
  }
  const changes = [{ kind: 'remove', key: PREVIOUS }] as const
  changeEntry(file, { path: entry.path, clientId: client.id, changes }, terminal)
  terminal.stdout.write(`${client.id} has one secret now, in ${entry.path}: the one before is refused.\n`)
  return 0
}

function attempt(work: () => void): CommandError | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (error instanceof CommandError) return error
    throw error
  }
}

interface Told {
  readonly client: Client
  readonly entry: WrittenEntry
  readonly made: Made
  readonly isDone: boolean
}

function text({ client: { id }, entry: { path }, made, isDone }: Told): string {
  const lines = made.lines.map(([key, value]) => `  ${key}: ${value}\n`).join('')
  const where = isDone
    ? `It was written into ${path}.\n`
    : `For its entry in ${path}, in place of the secret that is there:\n${lines}`
  return `For the app (shown only now):\n  client secret: ${made.value}\n\n${where}\n${whatNext(id, made)}`
}

function whatNext(id: string, { isKey, keepsPrevious }: Made): string {
  if (!keepsPrevious) {
    return 'It signs with the secret itself, so there can be one alone: change it in the app and here at the same time.\n'
  }
  const key = isKey
    ? 'What is signed with the secret (HS256) is signed with the new one at once: an app that has the old one refuses it.\n'
    : ''
  return (
    `${key}Both secrets are good from then on. Give the app the new one, and when it has it:\n` +
    `  countersign client secret ${id} --end-previous --write\n`
  )
}

const json = ({ client, entry, made, isDone }: Told): string =>
  `${JSON.stringify(
    {
      client_id: client.id,
      client_secret: made.value,
      entry: Object.fromEntries(made.lines),
      written_to: isDone ? entry.path : undefined,
    },
    undefined,
    2,
  )}\n`
