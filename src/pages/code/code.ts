/** Codes out of mails: the page that they are typed in, which belongs to the browser that asked, and another mail. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isPossibleLink } from '../../accounts/one-time-code.ts'
import type { Deps } from '../../deps.ts'
import { notOurs, readGuardedForm } from '../../http/form-guard.ts'
import { pathParameter } from '../../http/path-parameter.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { HEAD_TOO } from '../../http/prebuilt.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import { waitMessage } from '../../http/wait-message.ts'
import type { Failed } from '../../protocol/checks.ts'
import { secondsUntil } from '../../throttling/waiting.ts'
import { message } from '../../words/message.ts'
import { inWords } from '../interaction/second-factor-view.ts'
import { openLink, useLink } from './link.ts'
import { backWhereAsked, linkIsOver } from './over.ts'
import { codePath, giveProof, provenHere } from './proof.ts'
import { CODE_PURPOSES, type CodePurposes } from './purposes.ts'
import {
  againPurpose,
  type CodePage,
  type CodePageMessages,
  mayAskAgain,
  placeHere,
  SENT_AGAIN,
  showTyping,
  typePurpose,
} from './view.ts'

export function code(app: FastifyInstance, deps: Deps, purposes: CodePurposes = CODE_PURPOSES): void {
  /** Throws the page for what is over, also where there is nothing of that kind: it tells nothing. */
  async function pageOf(request: FastifyRequest, reply: FastifyReply): Promise<CodePage & { readonly handle: string }> {
    const handle = pathParameter(request, 'handle')
    const record = await deps.codes.find(handle)
    const pages = record && purposes[record.purpose]
    if (record === undefined || pages === undefined) throw linkIsOver()
    request.flowId = record.interactionId
    return { record, pages, request, reply, handle }
  }

  app.get(`${PAGES.code}/:handle`, HEAD_TOO, async (request, reply) => {
    const page = await pageOf(request, reply)
    return isPossibleLink(page.handle) ? openLink(deps, page) : lookAgain(deps, page)
  })
  // The address of a form, opened again.
  for (const step of ['type', 'again', 'use']) {
    app.get(`${PAGES.code}/:handle/${step}`, (request, reply) =>
      reply.redirect(
        pathBelow(deps.issuer, `${PAGES.code}/${encodeURIComponent(pathParameter(request, 'handle'))}`),
        303,
      ),
    )
  }

  app.post(`${PAGES.code}/:handle/use`, async (request, reply) => useLink(deps, await pageOf(request, reply)))
  app.post(`${PAGES.code}/:handle/type`, async (request, reply) => typed(deps, await pageOf(request, reply)))
  app.post(`${PAGES.code}/:handle/again`, async (request, reply) => again(deps, await pageOf(request, reply)))
}

/** The page that asked. */
async function lookAgain(deps: Deps, page: CodePage): Promise<FastifyReply> {
  const { record, pages, request, reply } = page
  const { id, purpose } = record
  if ((await provenHere(deps, request, purpose)) !== undefined) return pages.goOn(deps, page)
  const waiting = await deps.codes.goOn({ id, purpose, place: placeHere(deps, page) })
  switch (waiting.kind) {
    case 'waiting':
      return showTyping(deps, page)
    case 'right':
      giveProof(deps, record, reply)
      return pages.goOn(deps, page)
    case 'over':
      if (waiting.because === 'used') return backWhereAsked(deps, request, reply)
      return showTyping(deps, { ...page, messages: OVER })
    case 'elsewhere': {
      const { to } = pages.back(record)
      allowPage(reply)
      return render(reply, 'done', {
        installation: deps.config.name,
        title: message('code.elsewhere_title'),
        message: message('code.elsewhere_message'),
        wayOn: { url: pathBelow(deps.issuer, to), label: message('code.back') },
      })
    }
    case 'unknown':
      throw linkIsOver()
  }
}

const OVER: CodePageMessages = { status: 400, errors: { form: message('code.over_code') }, isOver: true }

async function typed(deps: Deps, page: CodePage): Promise<FastifyReply> {
  const { record, pages, request, reply } = page
  const { id, purpose } = record
  const { form, failed } = readGuardedForm(deps, request, typePurpose(id))
  const showAgain = (failed: Failed, messages: CodePageMessages) => {
    tellRefusal(deps, request, { failed, description: inWords(messages), status: messages.status })
    return showTyping(deps, { ...page, messages })
  }
  const place = placeHere(deps, page)
  const isOurs = (await deps.codes.goOn({ id, purpose, place })).kind !== 'unknown'
  if (!isOurs) throw linkIsOver()
  if (failed) return showAgain(failed, { status: 403, errors: { form: notOurs(failed) } })
  const text = form.find('code')?.trim() ?? ''
  if (text === '') {
    return showAgain(
      { check: 'field', came: 'an empty field' },
      { status: 400, errors: { code: message('code.empty') } },
    )
  }
  const verdict = await deps.codes.type({ id, purpose, typed: text, place })
  switch (verdict.kind) {
    case 'right':
      request.log.info({ purpose }, 'a mailed code was typed')
      if (pages.right !== undefined && !(await pages.right(deps, page))) throw linkIsOver()
      giveProof(deps, record, reply)
      return pages.goOn(deps, page)
    case 'wrong': {
      const errors = { code: message('code.wrong', { count: verdict.attemptsLeft }) }
      return showAgain({ check: 'mailed_code', came: 'a wrong code' }, { status: 400, errors })
    }
    case 'malformed':
      return showAgain(
        { check: 'mailed_code', came: 'not eight digits' },
        { status: 400, errors: { code: message('code.malformed') } },
      )
    case 'over':
      // Sent twice, or gone on with elsewhere: the page knows.
      if (verdict.because === 'used') return reply.redirect(codePath(deps, record), 303)
      return showAgain({ check: 'mailed_code', came: `a code that is over: ${verdict.because}` }, OVER)
    case 'unknown':
      throw linkIsOver()
  }
}

async function again(deps: Deps, page: CodePage): Promise<FastifyReply> {
  const { record, pages, request, reply } = page
  const { id, purpose } = record
  const { failed } = readGuardedForm(deps, request, againPurpose(id))
  const place = placeHere(deps, page)
  const state = await deps.codes.goOn({ id, purpose, place })
  if (state.kind === 'unknown') throw linkIsOver()
  const showAgain = (failed: Failed, messages: CodePageMessages) => {
    tellRefusal(deps, request, { failed, description: inWords(messages), status: messages.status })
    return showTyping(deps, { ...page, messages })
  }
  if (failed) return showAgain(failed, { status: 403, errors: { form: notOurs(failed) } })
  const isDead = state.kind === 'over' || record.attemptsLeft <= 0 || deps.clock.now() >= record.codeExpiresAt
  // Pressed twice, or in an old tab.
  if (!isDead && !mayAskAgain(deps, record)) return reply.redirect(codePath(deps, record), 303)
  const { secret: _, ...here } = place
  const sent = await pages.again(deps, { ...page, place: here })
  if (sent.kind === 'sent') return reply.redirect(codePath(deps, { id: sent.id }, SENT_AGAIN), 303)
  if (sent.kind !== 'throttled') throw linkIsOver()
  const seconds = secondsUntil(sent.retryAt, deps.clock.now())
  reply.header('retry-after', String(seconds))
  return showAgain(
    { check: 'rate' },
    { status: 429, errors: { form: message('code.throttled', { wait: waitMessage(seconds) }) } },
  )
}
