/** What the pages are given on which people make accounts for themselves. */
import type { Message } from '../words/message.ts'
import type { ClientView, FormView, PageModel } from './view-models.ts'

/** The first page: an address to be proven. */
export interface SignUpView extends PageModel {
  readonly client: ClientView | undefined
  readonly form: FormView
  /** As it was typed. */
  readonly email: string
  /** Whose addresses may sign up; undefined: anybody's. */
  readonly domains: Message | undefined
  /** The way to sign in instead. */
  readonly signIn: string
  readonly cancel: FormView | undefined
  readonly errors: { readonly form?: Message; readonly email?: Message }
  readonly hasErrors: boolean
  readonly errorId: string | undefined
}

/** The page after that, or after an invitation. */
export interface SignUpAccountView extends PageModel {
  readonly client: ClientView | undefined
  readonly form: FormView
  /** It is proven. */
  readonly address: string
  readonly isInvited: boolean
  /** Undefined: it is the address. */
  readonly usernameField: { readonly value: string } | undefined
  /** Undefined: nobody is asked. */
  readonly nameField: { readonly value: string } | undefined
  readonly isNameOptional: boolean
  readonly errors: SignUpAccountErrors
  readonly hasErrors: boolean
  readonly errorId: string | undefined
}

/** Shown on top and beside the field; `form` is for what no field is to blame for. */
export interface SignUpAccountErrors {
  readonly form?: Message
  readonly username?: Message
  readonly name?: Message
  readonly password?: Message
}
