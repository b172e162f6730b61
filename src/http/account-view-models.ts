/** What the pages of one's own account are given to show. */
import type { Message } from '../words/message.ts'
import type { FormView, PageModel } from './view-models.ts'

/** Around each of them. */
export interface AccountFrameView extends PageModel {
  readonly account: { readonly username: string; readonly name: string | undefined }
  readonly nav: readonly { readonly url: string; readonly name: Message; readonly isHere: boolean }[]
}

/** What is said on top of a page whose form was not right; each leads to a field, beside which it is said again. */
export interface ProblemView {
  readonly field: string
  readonly message: Message
}

interface AccountFormView extends AccountFrameView {
  readonly problems: readonly ProblemView[]
  /** What was done, or not, a moment ago. */
  readonly done: Message | undefined
  /** Support id; on every page with status 400 and above. */
  readonly errorId: string | undefined
}

export interface ProfileFactView {
  readonly label: Message
  /** Texts of others. */
  readonly texts: readonly string[]
  readonly note: Message | undefined
}

export interface ProfileFieldView {
  /** Of the field and of the claim. */
  readonly name: string
  readonly label: Message
  readonly hint: Message | undefined
  readonly value: string
  /** Undefined: browsers know no such field. */
  readonly autocomplete: string | undefined
  readonly error: Message | undefined
  /** What it is chosen from; undefined: it is typed. */
  readonly options: readonly ProfileOptionView[] | undefined
}

export interface ProfileOptionView {
  readonly value: string
  /** In the language that it is in; undefined: `label`. */
  readonly text: string | undefined
  readonly label: Message | undefined
  readonly isChosen: boolean
}

export interface ProfileView extends AccountFormView {
  readonly facts: readonly ProfileFactView[]
  readonly made: Date
  /** Undefined: nothing can be changed. */
  readonly form: FormView | undefined
  readonly fields: readonly ProfileFieldView[]
}

export interface PasswordView extends AccountFormView {
  readonly form: FormView
  /** Otherwise one is set. */
  readonly hasPassword: boolean
  readonly shortest: number
  readonly errors: { readonly current?: Message; readonly password?: Message }
  /** The box is ticked. */
  readonly endsOthers: boolean
}

export interface SessionView {
  readonly id: string
  readonly device: Message
  /** The one that sees the page. */
  readonly isThis: boolean
  readonly lines: readonly Message[]
}

export interface SessionsView extends AccountFormView {
  readonly form: FormView
  readonly sessions: readonly SessionView[]
  /** All of them but this one. */
  readonly endOthers: FormView | undefined
  readonly first: string | undefined
  readonly more: string | undefined
  /** What became of telling apps that sessions have ended. */
  readonly told: readonly Message[]
}

export interface AccountViews {
  'account-profile': ProfileView
  'account-password': PasswordView
  'account-sessions': SessionsView
}
