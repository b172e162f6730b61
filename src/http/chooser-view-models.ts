/** What pages show of the several accounts of one browser. */
import type { ClientView, FormView, PageModel } from './view-models.ts'

/** One of the accounts of a browser, to choose from. */
export interface ChoiceView {
  /** What the form sends for it. */
  readonly value: string
  readonly account: { readonly username: string; readonly name: string | undefined }
  /** Undefined: there is none, or the user name is it. */
  readonly email: string | undefined
  /** Who counts where nothing else is said; told where there are several. */
  readonly isActive: boolean
  /** They must sign in again. */
  readonly isSignedOut: boolean
}

/** Posts `answer`: a choice, or `other`; or `sign_out`: a choice, or `all`. */
export interface SelectAccountView extends PageModel {
  /** Undefined: the page was opened by itself. */
  readonly client: ClientView | undefined
  readonly form: FormView
  readonly choices: readonly ChoiceView[]
  /** There is more than one. */
  readonly isSeveral: boolean
  /** Back without a choice; undefined: nowhere. */
  readonly back: string | undefined
}

/** From a sign-in page. */
export interface OtherAccountView extends FormView {
  readonly answer: string
  /** To those that are signed in already. */
  readonly isBack: boolean
}

/** Another account in the same browser, for pages of somebody's own (partials/switch-account.hbs). */
export interface SwitchAccountView {
  readonly url: string
  /** Others are signed in; otherwise one more can be. */
  readonly isSeveral: boolean
}
