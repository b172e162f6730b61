/** What the pages of one’s own account are given to show that tell what is kept, and let it go. */
import type { Message } from '../words/message.ts'
import type { AccountFrameView, ClientView, FormView } from './view-models.ts'

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

export interface AccountDataViews {
  'account-apps': AppsView
  'account-app': AppView
  'account-activity': ActivityView
}
