/** What codes and links in mails are for. Each purpose hooks in here; the pages that they are typed and opened on are the same for all. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Place, Purpose } from '../../accounts/one-time-code.ts'
import type { CodeRecord } from '../../accounts/one-time-codes.ts'
import type { CodeMailed } from '../../authorization/mailed-code.ts'
import type { Deps } from '../../deps.ts'
import type { Message } from '../../words/message.ts'
import { VERIFY_EMAIL } from '../account/email-purpose.ts'
import { RESET_PASSWORD } from '../recovery/purpose.ts'
import { SIGN_UP_CODE } from '../sign-up/code-purpose.ts'

/** A code that was asked for, and whoever comes with it. */
export interface About {
  readonly record: CodeRecord
  readonly request: FastifyRequest
}

export interface CodePurpose {
  /** On the page that the code is typed in: where the mail went, as far as whoever asks may know. */
  typing(record: CodeRecord): { readonly lead: Message }
  /** On the page of the link. Its reader has the mail, so they may know whose it is. */
  opened(
    deps: Deps,
    about: About,
  ): Promise<{ readonly title: Message; readonly lead: Message; readonly submit: Message }>
  /** Said where a link was opened that lets another page go on. */
  readonly confirmed?: { readonly title: Message; readonly message: Message }
  /**
   * The code or the link was right: what is so from now on, wherever it was, once for each code. False: it can't be any more, and
   * the page says so.
   */
  right?(deps: Deps, about: About): Promise<boolean>
  /**
   * On to what it was for, in the browser that asked or that the link is opened in. It changes nothing, and may come again: the page
   * that it leads to, below `codePath`, asks `provenHere` and ends with `deps.codes.finish`.
   */
  goOn(deps: Deps, about: About & { readonly reply: FastifyReply }): Promise<FastifyReply>
  /** The same mail once more. */
  again(deps: Deps, about: About & { readonly place: Place }): Promise<CodeMailed>
  /** Where another address can be given, below the issuer, and how the way there is called. */
  back(record: CodeRecord): { readonly to: string; readonly label: Message }
}

export type CodePurposes = Readonly<Partial<Record<Purpose, CodePurpose>>>

export const CODE_PURPOSES: CodePurposes = {
  reset_password: RESET_PASSWORD,
  verify_email: VERIFY_EMAIL,
  sign_up: SIGN_UP_CODE,
}
