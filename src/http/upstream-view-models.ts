/** What pages show of providers that people may sign in with. */
import type { Message } from '../words/message.ts'
import type { AccountFrameView, FormView } from './view-models.ts'

/** The providers that somebody may sign in with instead; posts `csrf` and `provider`. */
export interface UpstreamView {
  readonly form: FormView
  readonly providers: readonly { readonly id: string; readonly name: string; readonly logo: string | undefined }[]
}

export interface LinkedView extends AccountFrameView {
  readonly identities: readonly {
    readonly provider: string
    /** What the provider shows them by; may be empty. */
    readonly label: string
    readonly linkedAt: Date
    readonly lastUsedAt: Date
    /** Otherwise it is not there any more. */
    readonly isUsable: boolean
    /** Undefined: it is the last way to sign in. */
    readonly unlink: FormView | undefined
  }[]
  /** Posts `csrf` and `provider`; undefined: there is none to link. */
  readonly link: FormView | undefined
  readonly providers: readonly { readonly id: string; readonly name: string; readonly logo: string | undefined }[]
  readonly done: Message | undefined
  readonly refused: Message | undefined
  readonly errorId: string | undefined
}
