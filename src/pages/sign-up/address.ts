/** "Create an account": an address is asked for, and a code is mailed to it. Whether an account has it, nobody sees here. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Place } from '../../accounts/one-time-code.ts'
import { isOpenTo, isShortEnough, ownerOf, writtenAddress } from '../../accounts/sign-up.ts'
import type { Asked } from '../../authorization/asked.ts'
import { type CodeMailed, mailCode } from '../../authorization/mailed-code.ts'
import { type MailAddress, mailAddress } from '../../base/mail-address.ts'
import type { SignUpConfig } from '../../config/config.ts'
import { hasSignUp } from '../../config/installation.ts'
import type { Deps } from '../../deps.ts'
import { browserHash, formToken } from '../../http/browser.ts'
import { askingClientView, imagesOf } from '../../http/client-view.ts'
import { notOurs, readGuardedForm } from '../../http/form-guard.ts'
import { PAGES } from '../../http/paths.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { allowPage } from '../../http/security-headers.ts'
import type { SignUpView } from '../../http/sign-up-view-models.ts'
import { render } from '../../http/views.ts'
import { waitMessage } from '../../http/wait-message.ts'
import type { Failed } from '../../protocol/checks.ts'
import { OAuthError } from '../../protocol/oauth-error.ts'
import { secondsUntil } from '../../throttling/waiting.ts'
import { type Message, message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'
import { codePath } from '../code/proof.ts'
import {
  type Current,
  currentInteraction,
  interactionId,
  OTHER_ACCOUNT_QUERY,
  pathOf,
  SIGN_UP,
  wantsAnother,
} from '../interaction/current.ts'
import { cancelPurpose } from '../interaction/sign-in-view.ts'
import { type Standing, standingOf } from '../interaction/standing.ts'

const signUpPurpose = (interactionId: string): string => `sign-up/${interactionId}`

interface AddressMessages {
  readonly status: number
  readonly errors: SignUpView['errors']
  readonly email: string
}

interface AddressPage {
  readonly config: SignUpConfig
  readonly current: Current
  readonly standing: Standing
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

export function signUpAddress(app: FastifyInstance, deps: Deps): void {
  const { signUp: config } = deps.config
  if (config === undefined || !hasSignUp(deps.config)) return

  /** Undefined: there is somebody to go on, so the page is not due. */
  async function pageOf(request: FastifyRequest, reply: FastifyReply): Promise<AddressPage & { isDue: boolean }> {
    const current = await currentInteraction(deps, request, reply)
    const standing = await standingOf(deps, current.interaction, request)
    const isDue = wantsAnother(request) || ('outcome' in standing && standing.outcome.kind === 'sign_in')
    return { config: config as SignUpConfig, current, standing, request, reply, isDue }
  }
  const onward = ({ current, reply }: AddressPage): FastifyReply =>
    reply.redirect(pathOf(deps, current.interaction), 303)

  app.get(`${PAGES.signIn}/:interaction${SIGN_UP}`, async (request, reply) => {
    const page = await pageOf(request, reply)
    return page.isDue ? showAddress(deps, page) : onward(page)
  })

  app.post(`${PAGES.signIn}/:interaction${SIGN_UP}`, async (request, reply) => {
    const { form, failed } = readGuardedForm(deps, request, signUpPurpose(interactionId(request)))
    const page = await pageOf(request, reply)
    if (!page.isDue) return onward(page)
    const email = form.find('email')?.trim() ?? ''
    const showAgain = (failed: Failed, status: number, errors: SignUpView['errors']) => {
      const description = Object.values(errors).map(inEnglish).join(' ')
      tellRefusal(deps, request, { failed, description, status })
      return showAddress(deps, page, { status, errors, email: failed.check === 'form_token' ? '' : email })
    }
    if (failed) return showAgain(failed, 403, { form: notOurs(failed) })
    if (email === '' && !form.isFaulty('email')) {
      return showAgain({ check: 'field', came: 'an empty field' }, 400, { email: message('sign_up.no_email') })
    }
    const address = mailAddress(email)
    const fault = addressFault(deps, config, address)
    if (address === undefined || fault !== undefined) {
      const email = fault ?? message('sign_up.email_unusable')
      return showAgain({ check: 'field', came: 'an address that no account can have here' }, 400, { email })
    }
    const sent = await mailSignUp(deps, address, {
      request,
      place: { browserHash: browserHash(page.current.secret), interactionId: page.current.interaction.id },
    })
    if (sent.kind === 'sent') return reply.redirect(codePath(deps, { id: sent.id }), 303)
    if (sent.kind !== 'throttled') {
      return showAgain({ check: 'field', came: sent.kind }, 400, { email: message('sign_up.email_unusable') })
    }
    const seconds = secondsUntil(sent.retryAt, deps.clock.now())
    reply.header('retry-after', String(seconds))
    const wait = waitMessage(seconds)
    return showAgain({ check: 'rate', came: 'too many mails' }, 429, { form: message('sign_up.throttled', { wait }) })
  })
}

/** Of the address alone, whosever it is. */
function addressFault(deps: Deps, config: SignUpConfig, address: MailAddress | undefined): Message | undefined {
  if (address === undefined) return message('sign_up.email_unusable')
  if (!isOpenTo(config, address)) {
    const { name: installation } = deps.config
    return message('sign_up.email_domain', { domains: config.allowedDomains, installation })
  }
  return config.username === 'email' && !isShortEnough(writtenAddress(address))
    ? message('sign_up.email_too_long')
    : undefined
}

interface Asking {
  readonly request: FastifyRequest
  readonly place: Place
}

/** The same is done, and takes as long, whether an account has the address or not: its owner gets another mail. */
export async function mailSignUp(deps: Deps, to: MailAddress, { request, place }: Asking): Promise<CodeMailed> {
  const owner = await ownerOf(deps.storage.accounts, to)
  return mailCode(deps, {
    ...{ purpose: 'sign_up', to: writtenAddress(to), account: owner, place, ip: request.ip },
    language: request.language.tag,
    userAgent: request.headers['user-agent'],
    flowId: place.interactionId,
  })
}

/** Whom the app expects. */
function hintedAddress(asked: Asked | undefined): string {
  const hint = asked === undefined || asked.request instanceof OAuthError ? undefined : asked.request.loginHint
  return hint === undefined ? '' : (mailAddress(hint)?.shown ?? '')
}

async function showAddress(deps: Deps, page: AddressPage, messages?: AddressMessages): Promise<FastifyReply> {
  const { config, current, standing, request, reply } = page
  const { interaction, secret } = current
  const { asked } = standing
  const client = asked && askingClientView(asked.client, asked.target.uri, request.language)
  allowPage(reply, asked?.target.uri, imagesOf(client))
  const another = wantsAnother(request) ? OTHER_ACCOUNT_QUERY : ''
  return render(reply.code(messages?.status ?? 200), 'sign-up', {
    installation: deps.config.name,
    client,
    form: {
      action: pathOf(deps, interaction, `${SIGN_UP}${another}`),
      csrf: formToken(secret, signUpPurpose(interaction.id)),
    },
    email: messages?.email ?? hintedAddress(asked),
    domains: config.mode === 'domains' ? message('sign_up.domains', { domains: config.allowedDomains }) : undefined,
    // With it an app that asks for a new account (prompt=create) gets the page for those who have one.
    signIn: pathOf(deps, interaction, OTHER_ACCOUNT_QUERY),
    cancel: asked && {
      action: pathOf(deps, interaction, '/cancel'),
      csrf: formToken(secret, cancelPurpose(interaction.id)),
    },
    errors: messages?.errors ?? {},
    hasErrors: messages !== undefined,
    errorId: messages === undefined ? undefined : request.id,
  })
}
