/** The page of one's profile: what is known of somebody, in words, and what of it they may change. */
import type { FastifyReply } from 'fastify'
import { LONGEST_CLAIM, type ProfileFlaw, type TypedClaims } from '../../accounts/own-claims.ts'
import type { EditableClaim } from '../../config/account-config.ts'
import type { Deps } from '../../deps.ts'
import type { ProfileFactView, ProfileFieldView, ProfileOptionView } from '../../http/account-view-models.ts'
import { ensureBrowser, formToken } from '../../http/browser.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import type { StandardClaims } from '../../protocol/claims.ts'
import type { SignedIn } from '../../sessions/session.ts'
import type { Account } from '../../storage/storage.ts'
import { languageName } from '../../words/language-names.ts'
import { LANGUAGE_TAGS } from '../../words/languages.ts'
import { type Message, message } from '../../words/message.ts'
import { accountFrame } from './frame.ts'

/** Of the fields that it has: one that is not there is not taken for an empty one. */
export const profilePurpose = ({ config }: Pick<Deps, 'config'>, { session }: SignedIn): string =>
  `profile/${session.id}/${config.account.editable.join(' ')}`

export interface ProfileMessages {
  readonly status: number
  /** What no field is to blame for. */
  readonly problem?: Message
  readonly flaws?: { readonly [Name in EditableClaim]?: ProfileFlaw }
  /** Shown again as it was typed. */
  readonly typed?: TypedClaims
}

interface ProfileInput {
  readonly signedIn: SignedIn
  readonly reply: FastifyReply
  readonly done?: Message | undefined
  readonly messages?: ProfileMessages
}

export async function showProfile(
  deps: Deps,
  { signedIn, reply, done, messages }: ProfileInput,
): Promise<FastifyReply> {
  const { account } = signedIn
  const { request } = reply
  const { editable } = deps.config.account
  const fields = editable.map((name) => fieldOf(deps, { name, account, messages }))
  const csrf = formToken(ensureBrowser(deps.cookies, request, reply, deps.random), profilePurpose(deps, signedIn))
  allowPage(reply)
  return render(reply.code(messages?.status ?? 200), 'account-profile', {
    ...(await accountFrame(deps, account, PAGES.profile)),
    facts: factsOf(account, editable),
    made: new Date(account.createdAt),
    form: editable.length === 0 ? undefined : { action: pathBelow(deps.issuer, `${PAGES.profile}/change`), csrf },
    fields,
    problems: [
      ...(messages?.problem === undefined ? [] : [{ field: fields[0]?.name ?? '', message: messages.problem }]),
      ...fields.flatMap(({ name, error }) => (error === undefined ? [] : [{ field: name, message: error }])),
    ],
    done,
    errorId: messages === undefined ? undefined : request.id,
  })
}

const LABELS = {
  name: message('profile.name'),
  given_name: message('profile.given_name'),
  family_name: message('profile.family_name'),
  middle_name: message('profile.middle_name'),
  nickname: message('profile.nickname'),
  preferred_username: message('profile.preferred_username'),
  profile: message('profile.profile'),
  picture: message('profile.picture'),
  website: message('profile.website'),
  gender: message('profile.gender'),
  birthdate: message('profile.birthdate'),
  zoneinfo: message('profile.zoneinfo'),
  locale: message('profile.locale'),
  email: message('profile.email'),
  phone_number: message('profile.phone_number'),
} as const satisfies { readonly [Name in keyof StandardClaims]?: Message }

const LONGEST_SHOWN = 40
const MOST_GROUPS = 6

/** What can be changed stands in its field. */
function factsOf({ username, claims }: Account, editable: readonly EditableClaim[]): readonly ProfileFactView[] {
  const fact = (label: Message, texts: readonly string[], note?: Message): ProfileFactView[] =>
    texts.length === 0 ? [] : [{ label, texts: texts.map(clipped), note }]
  const named = (Object.keys(LABELS) as (keyof typeof LABELS)[]).filter(
    // What apps call somebody is news only where it is another one.
    (name) => !editable.some((one) => one === name) && !(name === 'preferred_username' && claims[name] === username),
  )
  const verified = { email: claims.email_verified, phone_number: claims.phone_number_verified }
  return [
    ...fact(message('profile.username'), [username]),
    ...named.flatMap((name) => {
      const value = claims[name]
      if (value === undefined) return []
      const note = name === 'email' || name === 'phone_number' ? verifiedNote(verified[name]) : undefined
      return fact(LABELS[name], [name === 'locale' ? shownLocale(value) : value], note)
    }),
    ...fact(message('profile.address'), addressLines(claims)),
    ...fact(message('profile.groups'), (claims.groups ?? []).slice(0, MOST_GROUPS), moreThan(claims.groups ?? [])),
  ]
}

const verifiedNote = (isVerified: boolean | undefined): Message =>
  isVerified === true ? message('profile.verified') : message('profile.not_verified')

const moreThan = ({ length }: readonly string[]): Message | undefined =>
  length > MOST_GROUPS ? message('profile.more', { count: length - MOST_GROUPS }) : undefined

const addressLines = ({ address = {} }: StandardClaims): readonly string[] =>
  address.formatted !== undefined ? address.formatted.split(/\r?\n/).slice(0, 9) : Object.values(address)

const clipped = (text: string): string => {
  const characters = Array.from(text)
  return characters.length > LONGEST_SHOWN ? `${characters.slice(0, LONGEST_SHOWN).join('')}…` : text
}

const shownLocale = (value: string): string => {
  const tag = LANGUAGE_TAGS.find((one) => one === value)
  return tag === undefined ? value : languageName(tag)
}

/** WCAG 1.3.5, and so that browsers fill them in. */
const AUTOCOMPLETE: Readonly<Partial<Record<EditableClaim, string>>> = {
  name: 'name',
  given_name: 'given-name',
  family_name: 'family-name',
  middle_name: 'additional-name',
  nickname: 'nickname',
  website: 'url',
  locale: 'language',
}

function fieldOf(
  { config }: Pick<Deps, 'config'>,
  { name, account, messages }: { name: EditableClaim; account: Account; messages: ProfileMessages | undefined },
): ProfileFieldView {
  const flaw = messages?.flaws?.[name]
  // What is far too long says so by its first part.
  const value = messages?.typed?.[name]?.slice(0, LONGEST_CLAIM + 50) ?? account.claims[name] ?? ''
  return {
    name,
    label: LABELS[name],
    hint: name === 'zoneinfo' ? message('profile.zoneinfo_hint') : undefined,
    value,
    autocomplete: AUTOCOMPLETE[name],
    error: flaw && flawMessage(flaw),
    options: name === 'locale' ? languagesFrom(config.languages.offered, value) : undefined,
  }
}

/** The one that an account has stays among them, whatever is offered: `de-CH`. */
function languagesFrom(
  offered: readonly (typeof LANGUAGE_TAGS)[number][],
  value: string,
): readonly ProfileOptionView[] {
  const isOther = value !== '' && !offered.some((tag) => tag === value)
  return [
    { value: '', text: undefined, label: message('profile.locale_browser'), isChosen: value === '' },
    ...(isOther ? [{ value, text: value, label: undefined, isChosen: true }] : []),
    ...offered.map((tag) => ({ value: tag, text: languageName(tag), label: undefined, isChosen: tag === value })),
  ]
}

const FLAWS: Readonly<Record<ProfileFlaw, Message>> = {
  too_long: message('profile.too_long', { count: LONGEST_CLAIM }),
  not_text: message('profile.not_text'),
  not_url: message('profile.not_url'),
  not_zone: message('profile.not_zone'),
  not_language: message('profile.not_language'),
}
export const flawMessage = (flaw: ProfileFlaw): Message => FLAWS[flaw]
