/** `countersign claims`: the tokens that an account would get at a client, and why a claim is not in them. */
import { createSecretKey } from 'node:crypto'
import { parseArgs } from 'node:util'
import { passkeyAmr } from '../accounts/authenticators/passkey.ts'
import { PASSWORD_AMR } from '../accounts/authenticators/password.ts'
import { OTP_AMR } from '../accounts/authenticators/totp.ts'
import { type Preview, previewTokens } from '../authorization/preview.ts'
import { withSecondFactor } from '../protocol/acr.ts'
import { apisByAudience } from '../protocol/api.ts'
import type { Client } from '../protocol/client.ts'
import { OAuthError } from '../protocol/oauth-error.ts'
import type { Account } from '../storage/storage.ts'
import { getAccount } from './account/subcommand.ts'
import { findClient, pairwiseKeyFor } from './claims/find-client.ts'
import { claimsJson, claimsText } from './claims/view.ts'
import { type Command, CommandError, type Terminal, UsageError } from './command.ts'
import { CONFIG_OPTION, CONFIG_OPTION_USAGE } from './config.ts'
import { type Open, type Opened, openAt } from './open.ts'

const USAGE = `countersign claims USERNAME CLIENT_ID [--scope SCOPES] [--resource URI] [--claims JSON] [--second-factor | --passkey] [--json] [--config FILE]

Shows the ID token, the access token and the userinfo that this account would get at this client, claim by claim, and why
others are not there. They are made as the real ones are, but not signed, and nothing is stored.

USERNAME        or the sub of the account
--scope SCOPES  what the client asks for; otherwise everything that its entry lets it ask for
--resource URI  the API that the access token is for (RFC 8707); once for each
--claims JSON   the claims parameter (OpenID Connect Core §5.5): {"id_token": {"email": null}}
--second-factor as after a password and a code; always so where the entry requires it
--passkey       as after a passkey alone

${CONFIG_OPTION_USAGE}
`

const OPTIONS = {
  ...CONFIG_OPTION,
  scope: { type: 'string' },
  resource: { type: 'string', multiple: true },
  claims: { type: 'string' },
  'second-factor': { type: 'boolean' },
  passkey: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

/** `open` is given by tests. */
export function claimsCommand(open: Open): Command {
  return {
    name: 'claims',
    summary: 'Preview the tokens that an account would get at a client',
    usage: USAGE,
    async run(args, terminal) {
      const words = readWords(args)
      const opened = await open(words.config, terminal)
      try {
        return await show(words, opened, terminal)
      } finally {
        await opened.close()
      }
    },
  }
}

export const claims: Command = claimsCommand(openAt)

interface Words {
  readonly config: string | undefined
  readonly username: string
  readonly clientId: string
  readonly scope: string | undefined
  readonly resources: readonly string[]
  readonly claims: string | undefined
  readonly hasSecondFactor: boolean
  readonly hasPasskey: boolean
  readonly json: boolean
}

function readWords(args: readonly string[]): Words {
  const { values, positionals } = parseWords(args)
  const [username, clientId, ...more] = positionals
  if (username === undefined || clientId === undefined || more.length > 0) {
    throw new UsageError('claims wants the user name and the client_id.')
  }
  const { config, scope, resource: resources = [], json = false } = values
  const hasSecondFactor = values['second-factor'] ?? false
  const hasPasskey = values.passkey ?? false
  if (hasSecondFactor && hasPasskey) throw new UsageError('--second-factor and --passkey contradict each other')
  return { config, username, clientId, scope, resources, claims: values.claims, hasSecondFactor, hasPasskey, json }
}

function parseWords(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'wrong options')
  }
}

async function show(words: Words, opened: Opened, terminal: Terminal): Promise<number> {
  const account = await getAccount(opened.storage, words.username)
  const client = await findClient(words.clientId, opened, terminal)
  if (client.metadata.response_types.length === 0) {
    throw new CommandError(`nobody signs in at it: its grant_types are [${client.metadata.grant_types.join(', ')}]`)
  }
  const asked = { scope: words.scope ?? client.metadata.scope.join(' '), claims: words.claims }
  const preview = await previewOrFail({ account, client, asked, words }, opened, terminal)
  const view = { account, client, asked, preview }
  terminal.stdout.write(words.json ? `${JSON.stringify(claimsJson(view), undefined, 2)}\n` : claimsText(view))
  return 0
}

interface Question {
  readonly account: Account
  readonly client: Client
  readonly asked: { readonly scope: string; readonly claims: string | undefined }
  readonly words: Words
}

function amrOf({ hasSecondFactor, hasPasskey }: Words, { requiresSecondFactor }: Client): readonly string[] {
  if (hasPasskey) return passkeyAmr(true)
  return hasSecondFactor || requiresSecondFactor ? withSecondFactor(PASSWORD_AMR, OTP_AMR) : PASSWORD_AMR
}

/** Throws CommandError for a request that the client would be refused. */
async function previewOrFail(
  { account, client, asked, words }: Question,
  { config, storage }: Opened,
  { clock, random }: Terminal,
): Promise<Preview> {
  const keys = (await storage.signingKeys.list()).filter(({ revokedAt, state }) => !revokedAt && state === 'current')
  const deps = {
    issuer: config.issuer,
    apis: apisByAudience(config.apis),
    implicitFlow: config.implicitFlow,
    pairwiseKey: (await pairwiseKeyFor(client, config, random)) ?? createSecretKey(random.bytes(32)),
    kidOf: (algorithm: string) => keys.find((key) => key.algorithm === algorithm)?.kid,
    ...{ clock, random },
  }
  try {
    const request = { ...asked, resources: words.resources, amr: amrOf(words, client) }
    return await previewTokens(deps, { account, client, request })
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    throw new CommandError(`this request would be refused: ${error.message}`, { cause: error })
  }
}
