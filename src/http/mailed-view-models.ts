/** What the pages around mailed codes and links are given to show. */
import type { Message } from '../words/message.ts'
import type { AccountFrameView, ClientView, CodeErrors, FormView, PageModel } from './view-models.ts'

/** The page that a mailed code is typed into. */
export interface MailedCodeView extends PageModel {
  readonly client: ClientView | undefined
  /** Where the mail went, as far as this browser may know. */
  readonly lead: Message
  readonly form: FormView
  /** There is no field: it waits for the link to be opened, and looks again by itself. */
  readonly isWaiting: boolean
  /** The same page with the field, or without; undefined: the link goes on where it is opened. */
  readonly otherWay: string | undefined
  /** Another mail; undefined: not yet. */
  readonly again: FormView | undefined
  /** Until when. */
  readonly wait: Message | undefined
  /** Where another address can be given. */
  readonly back: { readonly url: string; readonly label: Message }
  readonly notice: Message | undefined
  readonly errors: CodeErrors
  readonly hasErrors: boolean
  readonly errorId: string | undefined
}

/** The page of a link in a mail: who asked, and a button. */
export interface MailedLinkView extends PageModel {
  readonly title: Message
  readonly lead: Message
  readonly submit: Message
  /** The app that it was asked for at. */
  readonly client: ClientView | undefined
  readonly device: Message
  readonly at: Date
  readonly form: FormView
  /** Another page goes on, not this one. */
  readonly isElsewhere: boolean
  readonly error: Message | undefined
  readonly errorId: string | undefined
}

/** Something is done, and there is nothing to fill in. */
export interface DoneView extends PageModel {
  readonly title: Message
  readonly message: Message
  readonly wayOn: { readonly url: string; readonly label: Message } | undefined
}

/** Who it is that has forgotten their password. */
export interface ForgotPasswordView extends PageModel {
  readonly client: ClientView | undefined
  readonly form: FormView
  readonly username: string
  /** To the sign-in. */
  readonly back: string
  readonly errors: { readonly form?: Message; readonly username?: Message }
  readonly hasErrors: boolean
  readonly errorId: string | undefined
}

/** Whoever came with a mail chooses a new password. */
export interface NewPasswordView extends PageModel {
  readonly client: ClientView | undefined
  readonly form: FormView
  readonly username: string
  /** How many characters it has at least. */
  readonly shortest: number
  readonly errors: { readonly form?: Message; readonly password?: Message }
  readonly hasErrors: boolean
  readonly errorId: string | undefined
}

/** The account's e-mail address. */
export interface EmailView extends AccountFrameView {
  readonly email: string | undefined
  readonly isConfirmed: boolean
  readonly confirm: FormView
  readonly change: FormView
  readonly typed: string
  readonly errors: { readonly form?: Message; readonly email?: Message }
  readonly hasErrors: boolean
  readonly errorId: string | undefined
}

export interface MailedViews {
  'mailed-code': MailedCodeView
  'mailed-link': MailedLinkView
  done: DoneView
  email: EmailView
  'forgot-password': ForgotPasswordView
  'new-password': NewPasswordView
}
