/** "Forgot password?": asks who it is, and says the same to everybody. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { asItWas, recoverable } from '../../accounts/recovery.ts'
import { usernameKey } from '../../accounts/username.ts'
import { readParkedAuthorization } from '../../authorization/asked.ts'
import { mailCode } from '../../authorization/mailed-code.ts'
import { mailAddress } from '../../base/mail-address.ts'
import type { Deps } from '../../deps.ts'
import { browserHash, formToken } from '../../http/browser.ts'
import { askingClientView, imagesOf } from '../../http/client-view.ts'
import { notOurs, readGuardedForm } from '../../http/form-guard.ts'
import type { ForgotPasswordView } from '../../http/mailed-view-models.ts'
import { PAGES } from '../../http/paths.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { allowPage } from '../../http/security-headers.ts'
import { refuseManyNew } from '../../http/too-many-requests.ts'
import { render } from '../../http/views.ts'
import { waitMessage } from '../../http/wait-message.ts'
import type { Failed } from '../../protocol/checks.ts'
import { secondsUntil } from '../../throttling/waiting.ts'
import { message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'
import { codePath } from '../code/proof.ts'
import { type Current, currentInteraction, FORGOT, interactionId, pathOf } from '../interaction/current.ts'
import { languageOf } from './language.ts'

const purposeOf = (interactionId: string): string => `forgot/${interactionId}`

interface Messages {
  readonly status: number
  readonly errors: ForgotPasswordView['errors']
  readonly username: string
}

export function forgot(app: FastifyInstance, deps: Deps): void {
  const path = `${PAGES.signIn}/:interaction${FORGOT}`

  app.get(path, async (request, reply) => {
    const current = await currentInteraction(deps, request, reply)
    if (!deps.config.recovery.byMail) return reply.redirect(pathOf(deps, current.interaction), 303)
    return showForgot(deps, { current, request, reply })
  })

  app.post(path, async (request, reply) => {
    const { form, failed } = readGuardedForm(deps, request, purposeOf(interactionId(request)))
    const current = await currentInteraction(deps, request, reply)
    if (!deps.config.recovery.byMail) return reply.redirect(pathOf(deps, current.interaction), 303)
    const login = form.find('username')?.trim() ?? ''
    const showAgain = (failed: Failed, { status, errors }: Omit<Messages, 'username'>) => {
      const description = Object.values(errors).map(inEnglish).join(' ')
      tellRefusal(deps, request, { failed, description, status })
      return showForgot(deps, { current, request, reply, messages: { status, errors, username: login } })
    }
    if (failed) return showAgain(failed, { status: 403, errors: { form: notOurs(failed) } })
    if (login === '' || form.isFaulty('username')) {
      return showAgain(
        { check: 'field', came: 'an empty or unusable field' },
        { status: 400, errors: { username: message('sign_in.no_username') } },
      )
    }
    refuseManyNew(deps, request)
    const sent = await sendCode(deps, { login, current, request })
    if (sent.kind === 'sent') return reply.redirect(codePath(deps, sent), 303)
    if (sent.kind !== 'throttled') throw new Error(`no mail could be sent: ${sent.kind}`)
    const seconds = secondsUntil(sent.retryAt, deps.clock.now())
    reply.header('retry-after', String(seconds))
    return showAgain(
      { check: 'rate' },
      { status: 429, errors: { form: message('code.throttled', { wait: waitMessage(seconds) }) } },
    )
  })
}

interface Asking {
  readonly login: string
  readonly current: Current
  readonly request: FastifyRequest
}

/** The same is done whoever it is, and whether anybody is (OWASP ASVS 5.0 6.3.8): the look-ups, a code and a mail in the outbox. */
async function sendCode(deps: Deps, { login, current: { interaction, secret }, request }: Asking) {
  const account = await recoverable(deps.storage.accounts, login)
  const sent = await mailCode(deps, {
    purpose: 'reset_password',
    account,
    to: account?.claims.email ?? mailAddress(login)?.address,
    typed: usernameKey(login),
    language: languageOf(account, request),
    place: { browserHash: browserHash(secret), interactionId: interaction.id },
    userAgent: request.headers['user-agent'],
    details: asItWas(account),
    ip: request.ip,
    flowId: interaction.id,
  })
  const whose = account && { accountId: account.id }
  if (sent.kind === 'sent') deps.audit.record({ kind: 'password_reset_asked', ...whose }, request)
  return sent
}

interface Showing {
  readonly current: Current
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly messages?: Messages
}

async function showForgot(deps: Deps, { current, request, reply, messages }: Showing): Promise<FastifyReply> {
  const { interaction, secret } = current
  const { clientId, parameters } = interaction
  const asked = clientId === undefined ? undefined : await readParkedAuthorization(deps, parameters)
  request.askedAs = asked?.encoded
  const client = asked && askingClientView(asked.client, asked.target.uri, request.language)
  allowPage(reply, asked?.target.uri, imagesOf(client))
  return render(reply.code(messages?.status ?? 200), 'forgot-password', {
    installation: deps.config.name,
    client,
    form: { action: pathOf(deps, interaction, FORGOT), csrf: formToken(secret, purposeOf(interaction.id)) },
    username: messages?.username ?? interaction.username ?? '',
    back: pathOf(deps, interaction),
    errors: messages?.errors ?? {},
    hasErrors: messages !== undefined,
    errorId: messages === undefined ? undefined : request.id,
  })
}
