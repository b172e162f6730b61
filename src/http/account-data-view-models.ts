/** What the pages of one’s own account are given to show that tell what is kept, and let it go. */
import type { Message } from '../words/message.ts'
import type { AccountFrameView, ClientView, FormView, PageModel } from './view-models.ts'

/** Where a list goes on, and where it begins; undefined: there is no more, or this is the beginning. */
interface PagedView {
  readonly first: string | undefined
  readonly more: string | undefined
}

/** The apps that have access to one's account. */
export interface AppsView extends AccountFrameView, PagedView {
  readonly done: Message | undefined
  readonly apps: readonly {
    readonly name: string
    readonly url: string
    readonly since: Date
    /** Undefined: not lately. */
    readonly last: Date | undefined
    /** Also when one is signed out. */
    readonly staysConnected: boolean
  }[]
}

/** One of them, and what it means to take its access away. */
export interface AppView extends AccountFrameView {
  readonly client: ClientView
  readonly since: Date
  readonly last: Date | undefined
  readonly staysConnected: boolean
  /** What it may do. */
  readonly scopes: readonly Message[]
  /** How many more there are. */
  readonly moreScopes: number
  /** It needs nobody's consent: opened again it has access again. */
  readonly comesBack: boolean
  readonly remove: FormView
  readonly back: string
}

/** What has happened to one's account. */
export interface ActivityView extends AccountFrameView, PagedView {
  readonly rows: readonly {
    readonly what: Message
    readonly when: Message
    /** Those who look after this login did it. */
    readonly byOther: boolean
    readonly device: Message | undefined
    readonly address: string | undefined
  }[]
}

/** What is kept about somebody: theirs to have, and to have removed. */
export interface DataView extends AccountFrameView {
  /** A file with all of it. */
  readonly file: string
  /** Undefined: they can't. */
  readonly remove: string | undefined
}

export interface RemoveView extends AccountFrameView {
  readonly form: FormView
  /** What was typed. */
  readonly username: string
  readonly errors: { readonly form?: Message; readonly username?: Message }
  readonly hasErrors: boolean
  /** Support id. */
  readonly errorId: string | undefined
  readonly back: string
}

export interface RemovedView extends PageModel {
  readonly homeUrl: string
}

export interface AccountDataViews {
  'account-apps': AppsView
  'account-app': AppView
  'account-activity': ActivityView
  'account-data': DataView
  'account-remove': RemoveView
  'account-removed': RemovedView
}
