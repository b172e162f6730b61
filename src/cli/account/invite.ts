/** `countersign account invite`: a mail with a link that makes an account; which invitations are out; taking one back. */
import { createSecretKey } from 'node:crypto'
import { oneTimeCodes } from '../../accounts/one-time-codes.ts'
import { ownerOf, writtenAddress } from '../../accounts/sign-up.ts'
import { emailKey } from '../../accounts/username.ts'
import { invitationOf, invite as make } from '../../authorization/invitation.ts'
import { counted } from '../../base/counted.ts'
import { DAY, type Duration, HOUR, parseDuration } from '../../base/duration.ts'
import { mailAddress } from '../../base/mail-address.ts'
import { sealedMails } from '../../keys/sealed-mails.ts'
import { deriveKey } from '../../keys/sealing.ts'
import { loadSealingKey, SealingKeyError } from '../../keys/sealing-key.ts'
import type { MailSent } from '../../mail/mailer.ts'
import { mailer } from '../../mail/mailer.ts'
import type { OneTimeCode } from '../../storage/storage.ts'
import { CommandError, type Terminal, UsageError } from '../command.ts'
import { CONFIG_OPTION } from '../config.ts'
import { formatTable, toIso } from '../table.ts'
import { type Opened, readOptions, readWords, type Subcommand, withStorage } from './subcommand.ts'

const OPTIONS = {
  ...CONFIG_OPTION,
  name: { type: 'string' },
  group: { type: 'string', multiple: true },
  app: { type: 'string' },
  expires: { type: 'string' },
  language: { type: 'string' },
  'print-link': { type: 'boolean' },
} as const

const LASTS: Duration = 7 * DAY
const LONGEST: Duration = 30 * DAY
const LIMIT = 10_000

export const invite: Subcommand = (args, context) => {
  const [word, ...rest] = args
  if (word === 'list') return list(rest, context)
  if (word === 'revoke') return revoke(rest, context)
  return send(args, context)
}

const send: Subcommand = (args, context) => {
  const { values, positionals } = readOptions(args, OPTIONS, ['the e-mail address'])
  const address = mailAddress(positionals[0] ?? '')
  if (address === undefined)
    throw new UsageError(`${JSON.stringify(positionals[0])} is no address that mails can be sent to`)
  const lasts = lifetime(values.expires)
  const { terminal } = context
  return withStorage(context, values.config, async (opened) => {
    const { config, storage, record } = opened
    const { signUp } = config
    if (signUp === undefined) throw new CommandError('`sign_up.mode` is off: set it to invitation (docs/sign-up.md)')
    refuseUnknownApp(values.app, config)
    const owner = await ownerOf(storage.accounts, address)
    if (owner) throw new CommandError(`nobody was invited: the account ${owner.username} has this address`)
    const isMailed = config.mail !== undefined
    const groups = values.group ?? signUp.groups
    const order = { address: writtenAddress(address), name: values.name, groups, clientId: values.app, lasts, isMailed }
    const invited = await make(await depsOf(opened, terminal), {
      ...order,
      language: values.language ?? config.languages.default,
    })
    await record({
      ...{ kind: 'invited', invitationId: invited.id, groups },
      ...(values.app !== undefined && { clientId: values.app }),
    })
    terminal.stdout.write(`Invited ${address.shown}, until ${toIso(invited.expiresAt)}.\n${said(invited.mail)}`)
    // Whoever has it can make the account.
    if (values['print-link'] || invited.mail?.kind !== 'queued') terminal.stdout.write(`${invited.link}\n`)
    return 0
  })
}

function lifetime(text: string | undefined): Duration {
  if (text === undefined) return LASTS
  const lasts = parseDuration(text)
  if (lasts === undefined || lasts < HOUR || lasts > LONGEST)
    throw new UsageError('--expires wants 1h to 30d, such as 7d')
  return lasts
}

function refuseUnknownApp(app: string | undefined, { clients }: Opened['config']): void {
  if (app === undefined) return
  const client = clients.find(({ id }) => id === app)
  if (client === undefined) throw new CommandError(`there is no client ${app} in the configuration`)
  const { initiate_login_uri: start, client_uri: home } = client.metadata
  if (start === undefined && home === undefined) {
    throw new CommandError(`${app} has neither initiate_login_uri nor client_uri: nobody knows where it begins`)
  }
}

function said(mail: MailSent | undefined): string {
  if (mail?.kind === 'queued') return 'The mail is in the outbox: countersign serve sends it.\n'
  const why = mail === undefined ? 'there is no `mail` in the configuration' : 'no mail can be sent there'
  return `No mail was sent: ${why}. Hand this link over yourself; whoever opens it is taken for the owner of the address:\n`
}

async function depsOf({ config, storage }: Opened, { clock, random }: Terminal) {
  const sealingKey = await loadSealingKey(config.keys.sealingKey, { random, hasSealedKeys: true }).catch((error) => {
    throw error instanceof SealingKeyError ? new CommandError(error.message, { cause: error }) : error
  })
  const keyFor = (purpose: 'throttling' | 'one-time-codes') => createSecretKey(deriveKey(sealingKey.bytes, purpose))
  return {
    issuer: config.issuer,
    clock,
    codes: oneTimeCodes({ storage, key: keyFor('one-time-codes'), clock, random }),
    mailer: mailer({
      ...{ config, storage, clock, random },
      throttlingKey: keyFor('throttling'),
      mailSeals: sealedMails(sealingKey.bytes, random),
      // Whoever serves looks by itself.
      deliveries: () => ({ kick: () => {} }),
    }),
  }
}

const list: Subcommand = (args, context) => {
  const { values } = readWords(args, { ...CONFIG_OPTION, json: { type: 'boolean' } } as const)
  const { stdout, clock } = context.terminal
  return withStorage(context, values.config, async ({ storage }) => {
    const found = await storage.oneTimeCodes.ofPurpose('invitation', { now: clock.now(), limit: LIMIT })
    if (values.json) stdout.write(`${JSON.stringify(found.map(invitationJson), null, 2)}\n`)
    else if (found.length === 0) stdout.write('No invitation is out (countersign account invite ADDRESS).\n')
    else stdout.write(invitationTable(found))
    return 0
  })
}

const invitationJson = (code: OneTimeCode) => {
  const { address, name, groups, clientId } = invitationOf(code)
  const times = { created_at: toIso(code.createdAt), expires_at: toIso(code.expiresAt) }
  return { id: code.id, address, name: name ?? null, groups, app: clientId ?? null, ...times }
}

const invitationTable = (found: readonly OneTimeCode[]): string =>
  formatTable([
    ['ADDRESS', 'NAME', 'GROUPS', 'APP', 'INVITED', 'GOOD UNTIL'],
    ...found.map((code) => {
      const { address, name, groups, clientId } = invitationOf(code)
      return [address, name ?? '', groups.join(', '), clientId ?? '', toIso(code.createdAt), toIso(code.expiresAt)]
    }),
  ])

const revoke: Subcommand = (args, context) => {
  const { values, positionals } = readOptions(args, CONFIG_OPTION, ['the e-mail address'])
  const who = positionals[0] ?? ''
  const { stdout, clock } = context.terminal
  return withStorage(context, values.config, async ({ storage, record }) => {
    const all = await storage.oneTimeCodes.ofPurpose('invitation', { now: clock.now(), limit: LIMIT })
    const asked = mailAddress(who)
    const key = emailKey(asked === undefined ? who : writtenAddress(asked))
    const found = all.filter(({ id, address }) => id === who || emailKey(address) === key)
    if (found.length === 0)
      throw new CommandError('nobody with this address is invited (countersign account invite list)')
    for (const code of found) {
      if (!(await storage.oneTimeCodes.use(code.id, { by: 'nobody', now: clock.now() }))) continue
      const { groups, clientId } = invitationOf(code)
      await record({
        ...{ kind: 'invitation_taken_back', invitationId: code.id, groups },
        ...(clientId !== undefined && { clientId }),
      })
    }
    stdout.write(`Took ${counted(found.length, 'invitation')} back.\n`)
    return 0
  })
}
