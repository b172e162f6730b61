/** The account's e-mail address: whether it is confirmed, confirming it, and another one, which is confirmed before it counts. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { emailFault, emailKey } from '../../accounts/username.ts'
import { type CodeMailed, mailCode } from '../../authorization/mailed-code.ts'
import { type Duration, MINUTE } from '../../base/duration.ts'
import { mailAddress } from '../../base/mail-address.ts'
import type { Deps } from '../../deps.ts'
import { browserHash, ensureBrowser, formToken } from '../../http/browser.ts'
import { notOurs, readGuardedForm } from '../../http/form-guard.ts'
import type { EmailView } from '../../http/mailed-view-models.ts'
import { PageError } from '../../http/page-error.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import { waitMessage } from '../../http/wait-message.ts'
import type { Failed } from '../../protocol/checks.ts'
import type { SignedIn } from '../../sessions/session.ts'
import type { Session } from '../../storage/storage.ts'
import { secondsUntil } from '../../throttling/waiting.ts'
import { message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'
import { codePath } from '../code/proof.ts'
import { requireFresh } from '../interaction/own-page.ts'
import { isEmailPageThere } from './email-offer.ts'
import { accountFrame } from './frame.ts'

/** OWASP ASVS 7.5.1: whoever has got hold of a session must not move the account to their own mailbox. */
const FRESH: Duration = 15 * MINUTE

type Change = 'confirm' | 'change'

const purposeOf = (change: Change, { id }: Session): string => `email/${change}/${id}`

interface Page {
  readonly signedIn: SignedIn
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

interface Messages {
  readonly status: number
  readonly errors: EmailView['errors']
  readonly typed: string
}

export function email(app: FastifyInstance, deps: Deps): void {
  const fresh = (request: FastifyRequest, reply: FastifyReply) => {
    if (!isEmailPageThere(deps)) throw new PageError(NOT_OFFERED)
    return requireFresh(deps, { request, reply }, { to: PAGES.email, maxAge: FRESH, acr: 'aal2' })
  }

  app.get(PAGES.email, async (request, reply) => {
    const signedIn = await fresh(request, reply)
    return 'answered' in signedIn ? signedIn.answered : showEmail(deps, { signedIn, request, reply })
  })
  // The address of a form, opened again.
  app.get(`${PAGES.email}/:change`, (_request, reply) => reply.redirect(pathBelow(deps.issuer, PAGES.email), 303))

  const change = (name: Change, addressOf: (page: Page, typed: string) => string | EmailView['errors']): void => {
    app.post(`${PAGES.email}/${name}`, async (request, reply) => {
      const signedIn = await fresh(request, reply)
      if ('answered' in signedIn) return signedIn.answered
      const page = { signedIn, request, reply }
      const { form, failed } = readGuardedForm(deps, request, purposeOf(name, signedIn.session))
      const typed = form.find('email')?.trim() ?? ''
      const showAgain = (failed: Failed, { status, errors }: Omit<Messages, 'typed'>) => {
        const description = Object.values(errors).map(inEnglish).join(' ')
        tellRefusal(deps, request, { failed, description, status })
        return showEmail(deps, page, { status, errors, typed })
      }
      if (failed) return showAgain(failed, { status: 403, errors: { form: notOurs(failed) } })
      const address = form.isFaulty('email') ? { email: NO_ADDRESS } : addressOf(page, typed)
      if (typeof address !== 'string') {
        return showAgain({ check: 'field', came: 'an unusable address' }, { status: 400, errors: address })
      }
      const sent = await sendCode(deps, page, address)
      if (sent.kind === 'sent') return reply.redirect(codePath(deps, sent), 303)
      if (sent.kind !== 'throttled') {
        return showAgain(
          { check: 'field', came: 'an unusable address' },
          { status: 400, errors: { email: NO_ADDRESS } },
        )
      }
      const seconds = secondsUntil(sent.retryAt, deps.clock.now())
      reply.header('retry-after', String(seconds))
      const errors = { form: message('code.throttled', { wait: waitMessage(seconds) }) }
      return showAgain({ check: 'rate' }, { status: 429, errors })
    })
  }
  change('confirm', ({ signedIn: { account } }) => account.claims.email ?? { email: NO_ADDRESS })
  change('change', ({ signedIn: { account } }, typed) => {
    if (typed === '') return { email: message('email.empty') }
    // The shape that accounts are held to, and that mails can be sent to.
    if (mailAddress(typed) === undefined || emailFault(typed) !== undefined) return { email: NO_ADDRESS }
    const { email, email_verified: isVerified } = account.claims
    const isSame = email !== undefined && emailKey(email) === emailKey(typed) && isVerified === true
    return isSame ? { email: message('email.same') } : (mailAddress(typed)?.shown ?? '')
  })
}

const NO_ADDRESS = message('email.unusable')

/** Said to who opens the page where no mails are sent. */
const NOT_OFFERED = {
  status: 404,
  check: 'not_found',
  title: message('email.not_offered_title'),
  message: message('email.not_offered_message'),
  advice: message('error.not_found_advice'),
} as const

/** Whether the address is another's already is for its reader to learn, who comes with the code: so it goes out in any case. */
function sendCode(deps: Deps, { signedIn: { account }, request, reply }: Page, address: string): Promise<CodeMailed> {
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  return mailCode(deps, {
    purpose: 'verify_email',
    account,
    to: address,
    language: request.language.tag,
    place: { browserHash: browserHash(secret) },
    userAgent: request.headers['user-agent'],
    // As it was when it was asked for: what was changed since is not changed back.
    details: { before: account.claims.email ?? '' },
    ip: request.ip,
  })
}

async function showEmail(deps: Deps, { signedIn, request, reply }: Page, messages?: Messages): Promise<FastifyReply> {
  const { account, session } = signedIn
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  const form = (change: Change) => ({
    action: pathBelow(deps.issuer, `${PAGES.email}/${change}`),
    csrf: formToken(secret, purposeOf(change, session)),
  })
  allowPage(reply)
  return render(reply.code(messages?.status ?? 200), 'email', {
    ...(await accountFrame(deps, account, PAGES.email)),
    email: account.claims.email,
    isConfirmed: account.claims.email_verified === true,
    confirm: form('confirm'),
    change: form('change'),
    typed: messages?.typed ?? '',
    errors: messages?.errors ?? {},
    hasErrors: messages !== undefined,
    errorId: messages === undefined ? undefined : request.id,
  })
}
