/** `countersign client add`: writes an entry for `clients`, with a new secret, and judges it before anybody uses it. */
import { sha256 } from '../../base/hash.ts'
import { randomSecret } from '../../base/random.ts'
import { entryText, type NewEntry } from '../../config/edit/add-client.ts'
import { redirectUriFault } from '../../protocol/redirect-uri.ts'
import { type Ask, withQuestions } from '../ask.ts'
import { CommandError, type Terminal, UsageError } from '../command.ts'
import { CONFIG_OPTION } from '../config.ts'
import {
  type CheckedEntry,
  type ConfigFile,
  checkEntry,
  openConfigFile,
  writeEntry,
  writeEntryFile,
} from './config-file.ts'
import {
  APP_TYPES,
  type AppType,
  isAppType,
  type NewClient,
  newEntry,
  secretFormOf,
  signsPeopleIn,
} from './new-entry.ts'
import { readWords, type Subcommand } from './subcommand.ts'

const OPTIONS = {
  ...CONFIG_OPTION,
  name: { type: 'string' },
  type: { type: 'string' },
  'redirect-uri': { type: 'string', multiple: true },
  'post-logout-redirect-uri': { type: 'string', multiple: true },
  scope: { type: 'string' },
  'auth-method': { type: 'string' },
  'jwks-uri': { type: 'string' },
  refresh: { type: 'boolean' },
  'first-party': { type: 'boolean' },
  write: { type: 'boolean' },
  file: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

type Options = ReturnType<typeof readWords<typeof OPTIONS>>['values']

export const add: Subcommand = async (args, { terminal }) => {
  const { values, positionals } = readWords(args, OPTIONS, ['the client_id'], { isComplete: false })
  refuseContradictions(values)
  const asked = await complete({ ...values, id: positionals[0] }, terminal)
  const file = openConfigFile(values.config, terminal)
  const { client, secret, entry } = make(asked, terminal)
  const checked = checkEntry(file, entry, terminal)
  const { written, refusal } = put(values, { file, entry, checked }, terminal)
  const told = { id: client.id, type: client.type, secret, entry, path: file.path, written, checked }
  terminal.stdout.write(values.json ? json(told) : text(told))
  if (refusal === undefined) return 0
  terminal.stderr.write(`countersign: ${refusal.message}\n`)
  return 1
}

function refuseContradictions(values: Options): void {
  if (values.type !== undefined && !isAppType(values.type)) {
    throw new UsageError(`--type is one of ${APP_TYPES.join(', ')}`)
  }
  if (values.type === 'service' && (values['redirect-uri'] || values.refresh)) {
    throw new UsageError('nobody signs in to a service: it has neither redirect URIs nor refresh tokens')
  }
  if (values.file && values.write) throw new UsageError('--write or --file?')
}

/** With everything that an entry needs. Asks for it where somebody can be asked; else throws UsageError. */
async function complete(given: Options & { id: string | undefined }, terminal: Terminal): Promise<NewClient> {
  const needsUris = given.type !== 'service' && given['redirect-uri'] === undefined
  if (given.id !== undefined && !needsUris) return toClient({ ...given, id: given.id })
  if (!terminal.stdin.isTTY) {
    throw new UsageError(given.id === undefined ? 'the client_id is missing' : '--redirect-uri is missing')
  }
  return withQuestions(terminal, async (ask) => {
    const id = given.id ?? (await askFor(ask, 'client_id, what the app calls itself (wiki): '))
    const name = given.name ?? (await ask(`Its name as people know it [${id}]: `))
    const type = given.type ?? (await askType(ask))
    const wantsUris = isAppType(type) && signsPeopleIn(type) && given['redirect-uri'] === undefined
    const uris = wantsUris ? await askUris(ask, terminal, type) : given['redirect-uri']
    return toClient({ ...given, id, name, type, ...(uris && { 'redirect-uri': uris }) })
  })
}

async function askFor(ask: Ask, question: string): Promise<string> {
  for (;;) {
    const answer = await ask(question)
    if (answer !== '') return answer
  }
}

async function askType(ask: Ask): Promise<string> {
  for (;;) {
    const type = (await ask(`Its type, one of ${APP_TYPES.join(', ')} [web]: `)) || 'web'
    if (isAppType(type)) return type
  }
}

/** Said at once what is wrong with one, so that it can be typed again. */
async function askUris(ask: Ask, { stderr }: Terminal, type: string): Promise<string[]> {
  const uris: string[] = []
  for (;;) {
    const more = uris.length > 0 ? 'Another one (Enter: no more): ' : 'Redirect URI, where its sign-ins return to: '
    const uri = await ask(more)
    if (uri === '' && uris.length > 0) return uris
    const fault = redirectUriFault(uri, type === 'native' ? 'native' : 'web')
    if (fault === undefined) uris.push(uri)
    else stderr.write(`It ${fault}.\n`)
  }
}

const toClient = (given: Options & { id: string }): NewClient => ({
  id: given.id,
  name: given.name || undefined,
  type: given.type !== undefined && isAppType(given.type) ? given.type : 'web',
  redirectUris: given['redirect-uri'] ?? [],
  postLogoutRedirectUris: given['post-logout-redirect-uri'] ?? [],
  scope: given.scope,
  authenticationMethod: given['auth-method'],
  jwksUri: given['jwks-uri'],
  refreshes: given.refresh === true,
  isFirstParty: given['first-party'] === true,
})

function make(client: NewClient, { random }: Terminal) {
  const form = secretFormOf(client)
  if (form === 'none') return { client, secret: undefined, entry: newEntry(client, {}) }
  const secret = randomSecret(random)
  const line = form === 'hash' ? { client_secret_hash: `sha256:${sha256(secret)}` } : { client_secret: secret }
  return { client, secret, entry: newEntry(client, line) }
}

/** A file that cannot be written is no reason to lose what was made: it is printed, to be put in by hand. */
function put(
  { write, file: isOwnFile }: Options,
  { file, entry, checked }: { file: ConfigFile; entry: NewEntry; checked: CheckedEntry },
  terminal: Terminal,
): { written?: string; refusal?: CommandError } {
  try {
    if (isOwnFile) return { written: writeEntryFile(file, entry, terminal) }
    return write ? { written: writeEntry(checked, terminal) } : {}
  } catch (error) {
    if (error instanceof CommandError) return { refusal: error }
    throw error
  }
}

interface Told {
  readonly id: string
  readonly type: AppType
  readonly secret: string | undefined
  readonly entry: NewEntry
  readonly path: string
  readonly written: string | undefined
  readonly checked: CheckedEntry
}

function text({ id, type, secret, entry, path, written, checked }: Told): string {
  const issuer = `  issuer:         ${checked.config.issuer}\n  client id:      ${id}\n`
  const shown = secret === undefined ? '' : `  client secret:  ${secret}   (shown only now)\n`
  const entryWords =
    written === undefined
      ? `\nTo put under clients in ${path}:\n\n${entryText(entry)}`
      : `\nIts entry was written into ${written}; it is served when that has been read again.\n`
  const plain =
    'client_secret' in entry
      ? '\nIts way to authenticate uses the secret itself as a key, so the file holds it: let nobody else read the file.\n'
      : ''
  const warnings = checked.warnings.map((warning) => `Likely not meant: ${warning.message}\n`).join('')
  // No app that people sign in to has settings for a service.
  const settings = signsPeopleIn(type) ? `\nIts settings for many apps: countersign client show ${id} --for APP\n` : ''
  return `For the app:\n${issuer}${shown}${entryWords}${plain}${warnings}${settings}`
}

const json = ({ id, secret, entry, written, checked }: Told): string =>
  `${JSON.stringify(
    { issuer: checked.config.issuer, client_id: id, client_secret: secret, entry, written_to: written },
    undefined,
    2,
  )}\n`
