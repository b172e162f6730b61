/**
 * What each page is given to show. Templates get nothing else but the language, in which they say messages; every text is escaped
 * by the template engine.
 */
import type { Message } from '../words/message.ts'
import type { AccountDataViews } from './account-data-view-models.ts'
import type { AccountFrameView, AccountViews } from './account-view-models.ts'
import type { AdminConfirmView, AdminView } from './admin-view-models.ts'
import type { OtherAccountView, SelectAccountView, SwitchAccountView } from './chooser-view-models.ts'
import type { MailedViews } from './mailed-view-models.ts'
import type { PasskeyFormView, PasskeyViews } from './passkey-view-models.ts'
import type { SignUpAccountView, SignUpView } from './sign-up-view-models.ts'
import type { LinkedView, UpstreamView } from './upstream-view-models.ts'

export type { AccountFrameView } from './account-view-models.ts'

/** On every page. */
export interface PageModel {
  /** Whose login this is: `name` of the configuration. */
  readonly installation: string
}

/** The client that asks, as far as the page may name it. */
export interface ClientView {
  readonly name: string
  /** Its client_id, by which its look is found. */
  readonly brand?: string | undefined
  /** Its home page; https, or http on loopback. */
  readonly uri?: string | undefined
  readonly policyUri?: string | undefined
  readonly tosUri?: string | undefined
  /** An image; the page's policy must allow it. */
  readonly logo?: string | undefined
  /** Of a client that is not in the configuration. */
  readonly origin?:
    | {
        /** Otherwise its client_id is an address, on the host `from`. */
        readonly isRegistered: boolean
        readonly from: string | undefined
        /** Where the browser is sent with the answer, to show. */
        readonly to: string | Message
      }
    | undefined
}

/** Where the browser may be sent on to a client, when the person wants that. */
export interface WayToClientView {
  /** An address as a link has it; of a form its action. */
  readonly action: string
  /** Undefined: a link, no form. */
  readonly fields: readonly { readonly name: string; readonly value: string }[] | undefined
}

/** A hidden field that proves that the form was made for this browser, and where it goes. */
export interface FormView {
  readonly action: string
  readonly csrf: string
}

export interface SignInView extends PageModel {
  /** Undefined: there are no passkeys. */
  readonly passkey?: PasskeyFormView | undefined
  readonly client: ClientView | undefined
  readonly form: FormView
  readonly username: string
  /** Someone must prove again who they are: the user name is theirs and shown read-only (prompt=login, max_age). */
  readonly reauthenticating: boolean
  readonly cancel: FormView | undefined
  /** For who has forgotten their password; undefined: no mail can be sent. */
  readonly forgotUrl: string | undefined
  /** The page that makes an account; undefined: nobody makes one. */
  readonly signUp?: string | undefined
  /** A way to another account than the one that the page is about; posts `csrf` and `answer`. */
  readonly otherAccount?: OtherAccountView | undefined
  /** Undefined: none. */
  readonly upstream?: UpstreamView | undefined
  /**
   * Shown on top and beside the field; the words are the same in both. A wrong user name or password goes under
   * `password`; `form` is for what no field is to blame for (busy, too many attempts) and is shown on top alone.
   */
  readonly errors: { readonly form?: Message; readonly username?: Message; readonly password?: Message }
  readonly hasErrors: boolean
  /** Something to know that is no fault of theirs ("you were away for a while"). */
  readonly notice: Message | undefined
  /** Support id; on every page with status 400 and above. */
  readonly errorId: string | undefined
}

/** Shown on top and beside the field; `form` is for what the field is not to blame for, and is shown on top alone. */
export interface CodeErrors {
  readonly form?: Message
  readonly code?: Message
}

/** A page that asks for a code. */
interface CodeView extends PageModel {
  readonly client: ClientView | undefined
  readonly account: { readonly username: string; readonly name: string | undefined }
  /** Back to the first page; posts `csrf`. Undefined: there is none before it. */
  readonly restart: FormView | undefined
  readonly cancel: FormView | undefined
  readonly errors: CodeErrors
  readonly hasErrors: boolean
  /** Support id; on every page with status 400 and above. */
  readonly errorId: string | undefined
}

export interface SecondFactorView extends CodeView {
  /** Undefined: no code is of use, or the account has none. */
  readonly form: FormView | undefined
  /** Undefined: the account has none, or a recovery code is asked for. */
  readonly passkey?: PasskeyFormView | undefined
  readonly isPasskeyFirst?: boolean
  readonly hasApp: boolean
  /** It asks for a recovery code. */
  readonly isRecovery: boolean
  /** Somebody is signed in, and the app wants to be surer of it. */
  readonly isStepUp: boolean
  /** The same page with another kind of code; undefined: no other will do. */
  readonly otherWay: string | undefined
  /** How long this browser can be remembered: `30 days`; undefined: it can't. */
  readonly rememberFor: Message | undefined
}

export interface TotpSecretView {
  /** A `data:` URL, and its side in CSS pixels. */
  readonly qr: { readonly image: string; readonly width: number }
  /** To be typed where nothing can be scanned. */
  readonly secret: string
  /** `otpauth://…` */
  readonly uri: string
}

export interface TotpSetupView extends CodeView {
  readonly form: FormView
  /** A page where a passkey is set up instead. */
  readonly passkeyWay?: string | undefined
  readonly totp: TotpSecretView
  /** Nobody goes on without it. */
  readonly isNeeded: boolean
  /** Undefined: it is no page of the account by itself. */
  readonly nav?: AccountFrameView['nav'] | undefined
  /** Undefined: there is no page before it. */
  readonly back: string | undefined
}

/** The second factor of somebody who has one. */
export interface TotpView extends AccountFrameView {
  readonly remove: FormView
  readonly newCodes: FormView
  readonly codesLeft: number
  /** Browsers that are not asked for it. */
  readonly devices: number
  readonly forgetDevices: FormView
  /** It can be taken away, but is asked for again at the next sign-in. */
  readonly isNeeded: boolean
}

export interface RecoveryCodesView extends PageModel {
  readonly codes: readonly string[]
  /** The same as a `data:` URL. */
  readonly file: string
  readonly wayOn: string
  readonly client: ClientView | undefined
}

export interface ConsentView extends PageModel {
  readonly client: ClientView
  readonly form: FormView
  readonly account: { readonly username: string; readonly name: string | undefined }
  /** The way to another account. */
  readonly otherAccount: string
  /** Where the answer goes, to show (`https://wiki.example`). */
  readonly destination: string
  readonly scopes: readonly {
    readonly name: string
    readonly title: Message
    readonly detail: Message | undefined
    /** Shown instead of `detail`: what the client will see. */
    readonly value: string | undefined
    readonly isNew: boolean
  }[]
  /** How long the client can act without the person: "24 hours". */
  readonly lifetime: Message | undefined
}

export interface SignOutView extends PageModel {
  readonly client: ClientView | undefined
  readonly form: FormView
  readonly account: { readonly username: string; readonly name: string | undefined } | undefined
  /** How many are signed in in this browser beside it. */
  readonly others: number
  /** Where one chooses among them. */
  readonly accountsUrl: string
}

export interface SigningOutView extends PageModel {
  /** The pages of clients that are opened, unseen; registered URIs. */
  readonly frames: readonly string[]
  /** Where it goes on: a path of ours. */
  readonly wayOn: string
}

export interface SignedOutView extends PageModel {
  readonly client: ClientView | undefined
  /** Where the client wants the person, when they have to say so themselves. */
  readonly wayToClient?: WayToClientView | undefined
  readonly signInUrl: string
  /** Others are still signed in in this browser: where one sees whom. */
  readonly accountsUrl?: string | undefined
}

/** Something that may have happened to the account, in words. */
export interface NoticeView {
  /** The client's name. */
  readonly client: string
  readonly at: Date
  readonly dismiss: FormView
}

/** The apps that somebody may go to, or a page of them. */
export interface LauncherView {
  /** Each has a page to go to: one that signs in, or its home page. */
  readonly clients: readonly ClientView[]
  /** Back to the first of them; undefined: these are. */
  readonly first: string | undefined
  readonly more: string | undefined
}

export interface HomeView extends PageModel {
  /** Undefined: nobody is signed in. */
  readonly account: { readonly username: string; readonly name: string | undefined } | undefined
  readonly signInUrl: string
  readonly switchAccount: SwitchAccountView | undefined
  readonly signOut: FormView | undefined
  readonly signOutEverywhere: FormView | undefined
  /** The pages of their account; undefined: there are none. */
  readonly accountUrl: string | undefined
  /** Where new ones are made, when all are used up. */
  readonly recoveryCodesUrl: string | undefined
  /** Undefined: it is none of their business. */
  readonly adminUrl: string | undefined
  readonly notices: readonly NoticeView[]
  /** Undefined: nobody is signed in. */
  readonly launcher: LauncherView | undefined
}

export interface ErrorView extends PageModel {
  readonly title: Message
  /** Plain words: what happened. */
  readonly message: Message
  /** Plain words: what to do next. */
  readonly advice: Message
  /** For whoever looks after the app: the OAuth error code and description. */
  readonly technical: { readonly code: string; readonly description: string } | undefined
  readonly client: ClientView | undefined
  /** A safe way on. */
  readonly wayOn: { readonly url: string; readonly label: Message }
  /** The answer to the client, when the person has to send it; then there is no other way on. */
  readonly wayToClient?: WayToClientView | undefined
  /** Also in the log. */
  readonly errorId: string
}

export interface FormPostView extends PageModel {
  readonly action: string
  readonly fields: readonly { readonly name: string; readonly value: string }[]
  readonly client: ClientView
}

export interface Views extends AccountViews, AccountDataViews, PasskeyViews, MailedViews {
  'account-linked': LinkedView
  'sign-in': SignInView
  'sign-up': SignUpView
  'sign-up-account': SignUpAccountView
  'select-account': SelectAccountView
  consent: ConsentView
  'second-factor': SecondFactorView
  'totp-setup': TotpSetupView
  totp: TotpView
  'recovery-codes': RecoveryCodesView
  'sign-out': SignOutView
  'signing-out': SigningOutView
  'signed-out': SignedOutView
  home: HomeView
  error: ErrorView
  'form-post': FormPostView
  admin: AdminView
  'admin-confirm': AdminConfirmView
}
