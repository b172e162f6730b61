/** A preview of tokens as the terminal shows it. */
import type { Preview, PreviewedToken } from '../../authorization/preview.ts'
import { type AbsenceReason, type AbsentClaim, absentClaims } from '../../protocol/absent-claims.ts'
import type { Client } from '../../protocol/client.ts'
import { protectionOf } from '../../protocol/client-responses.ts'
import { isPairwise } from '../../protocol/subject.ts'
import type { Account } from '../../storage/storage.ts'
import { formatTable } from '../table.ts'

export interface ClaimsView {
  readonly account: Account
  readonly client: Client
  readonly asked: { readonly scope: string; readonly claims: string | undefined }
  readonly preview: Preview
}

/** For `--json`. */
export const claimsJson = (view: ClaimsView) => ({
  username: view.account.username,
  client_id: view.client.id,
  scope: view.preview.scopes.join(' '),
  id_token: view.preview.idToken,
  access_token: view.preview.accessToken,
  userinfo: userinfoJson(view.preview.userinfo),
  absent_claims: absentOf(view).map(({ claim, because, scope }) => ({ claim, because, scope })),
  notes: notesOn(view),
})

const userinfoJson = (userinfo: Preview['userinfo']) =>
  userinfo && ('refused' in userinfo ? { error: userinfo.refused } : userinfo.claims)

export function claimsText(view: ClaimsView): string {
  const { account, client, preview } = view
  const absent = absentOf(view)
  return [
    `${account.username} at ${client.id}, scope ${preview.scopes.join(' ')}\n`,
    tokenText('ID token', preview.idToken),
    tokenText('Access token', preview.accessToken),
    userinfoText(preview.userinfo),
    absent.length === 0 ? '' : `Not there\n${formatTable(absent.map((one) => ['', one.claim, reasonOf(one, client)]))}`,
    notesOn(view)
      .map((note) => `${note}\n`)
      .join(''),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

const tokenText = (name: string, token: PreviewedToken | undefined): string =>
  token === undefined ? `${name}: none\n` : `${name} ${JSON.stringify(token.header)}\n${pretty(token.claims)}\n`

function userinfoText(userinfo: Preview['userinfo']): string {
  if (userinfo === undefined) return 'Userinfo: none, for there is no access token to ask with\n'
  if ('claims' in userinfo) return `Userinfo\n${pretty(userinfo.claims)}\n`
  return `Userinfo: refused, ${REFUSALS[userinfo.refused]}\n`
}

const REFUSALS = {
  invalid_token: 'for the access token is for others alone (invalid_token)',
  insufficient_scope: 'for the access token lacks the scope openid (insufficient_scope)',
} as const

/** What is stored must not steer the terminal: JSON escapes control characters, and the rest is replaced. */
const pretty = (value: unknown): string =>
  JSON.stringify(value, undefined, 2).replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD')

const absentOf = ({ account, client, asked, preview }: ClaimsView): readonly AbsentClaim[] =>
  absentClaims(account.claims, {
    client,
    scopes: asked.scope.split(' '),
    names: preview.scopes.includes('openid') ? namesIn(asked.claims) : [],
  })

/** The preview has read it before, so it is JSON of that form. */
function namesIn(claims: string | undefined): readonly string[] {
  if (claims === undefined) return []
  const { userinfo = {}, id_token = {} } = JSON.parse(claims)
  return [...new Set([...Object.keys(userinfo), ...Object.keys(id_token)])]
}

const WORDS: Readonly<Record<AbsenceReason, (scope: string, client: Client) => string>> = {
  unknown: () => 'is no claim that an account here can have',
  not_allowed: (scope) => `the client may not ask for it: the scope in its entry lacks ${scope}`,
  not_asked: (scope, { metadata }) =>
    metadata.scope.includes(scope)
      ? `the account has it, and it was not asked for: that takes the scope ${scope}, or the claims parameter`
      : `the account has it, and the client may not ask for it: the scope in its entry lacks ${scope}`,
  no_value: () => 'the account has none',
}

const reasonOf = ({ because, scope = '' }: AbsentClaim, client: Client): string => WORDS[because](scope, client)

/** What else explains the tokens. */
function notesOn({ account, client, asked, preview }: ClaimsView): readonly string[] {
  const { metadata } = client
  const ignored = asked.scope.split(' ').filter((scope) => scope !== '' && !preview.scopes.includes(scope))
  const encrypted = (['id_token', 'userinfo'] as const).filter((one) => protectionOf(metadata, one).encryption)
  const notes: readonly (string | false | undefined)[] = [
    account.disabledAt !== undefined &&
      'The account is disabled: nobody can sign in to it, and it gets none of this until countersign account enable.',
    ...ignored.map((scope) => `The scope ${scope} is ignored: ${ignoredBecause(scope, client)}.`),
    preview.scopes.includes('email') &&
      account.claims.email !== undefined &&
      account.claims.email_verified !== true &&
      'The e-mail address is not verified: an app that asks for email_verified refuses it.',
    preview.accessToken !== undefined &&
      preview.idToken !== undefined &&
      !client.hasClaimsInIdToken &&
      'What scopes ask for is at userinfo (OpenID Connect Core 5.4); claims_in_id_token: true puts it into ID tokens as well.',
    preview.idToken === undefined && 'Without the scope openid there is no ID token.',
    isPairwise(client) && 'sub is what this client alone calls the account (subject_type: pairwise).',
    ...encrypted.map(
      (one) => `The ${one === 'id_token' ? 'ID token' : 'userinfo'} is encrypted to the client; this is what is in it.`,
    ),
    client.requiresSecondFactor &&
      'Whoever signs on to it proves a second factor (second_factor: required); a browser that is remembered counts, and then amr is [pwd] and acr aal1.',
    !client.isFirstParty && 'The person is asked for consent first (first_party: false).',
  ]
  return notes.filter((note) => typeof note === 'string')
}

const ignoredBecause = (scope: string, { metadata }: Client): string =>
  metadata.scope.includes(scope)
    ? 'it needs the refresh_token grant in the client’s entry'
    : 'the scope in the client’s entry lacks it'
