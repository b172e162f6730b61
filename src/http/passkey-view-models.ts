/** What the pages of passkeys are given to show. */
import type { Message } from '../words/message.ts'
import type { AccountFrameView, ClientView, FormView, PageModel } from './view-models.ts'

/** A form that the browser fills in with the answer of a passkey; shown by its script. */
export interface PasskeyFormView extends FormView {
  /** JSON: what is asked for. */
  readonly options: string
  /** A path of ours. */
  readonly script: string
}

/** A passkey is made: because it is offered, needed to go on, or wanted. */
interface PasskeySetupView extends PageModel {
  readonly client: ClientView | undefined
  readonly account: { readonly username: string; readonly name: string | undefined }
  readonly passkey: PasskeyFormView
  readonly isOffer: boolean
  /** Of an offer: on without one. */
  readonly notNow: FormView | undefined
  /** A page where an authenticator app is set up instead. */
  readonly otherWay: string | undefined
  readonly restart: FormView | undefined
  readonly cancel: FormView | undefined
  /** Of the account's own page: to the one with all of them. */
  readonly back: string | undefined
  readonly error: Message | undefined
  /** Support id; on every page with status 400 and above. */
  readonly errorId: string | undefined
}

interface PasskeyView {
  readonly name: string
  /** Where it lives. */
  readonly kind: Message
  readonly createdAt: Date
  readonly lastUsedAt: Date | undefined
}

/** The passkeys of one's own account. */
interface AccountPasskeysView extends AccountFrameView {
  readonly passkeys: readonly (PasskeyView & { readonly url: string })[]
  /** Where another is made; undefined: there are as many as there may be. */
  readonly addUrl: string | undefined
  readonly most: number
  /** Undefined: the codes are on the page of the authenticator app, or there is nothing that they could stand in for. */
  readonly newCodes: FormView | undefined
  readonly codesLeft: number
}

/** One of them. */
interface AccountPasskeyView extends AccountFrameView, PasskeyView {
  readonly rename: FormView
  /** What the field holds. */
  readonly typed: string
  /** Undefined: it is the only way in. */
  readonly remove: FormView | undefined
  readonly error: Message | undefined
  readonly errorId: string | undefined
  readonly back: string
}

export interface PasskeyViews {
  'passkey-setup': PasskeySetupView
  'account-passkeys': AccountPasskeysView
  'account-passkey': AccountPasskeyView
}
