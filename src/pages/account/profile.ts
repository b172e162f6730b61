/** One's own profile: what is known of somebody, and the part of it that they may change themselves. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { changedClaims, type ProfileFlaw, type TypedClaims } from '../../accounts/own-claims.ts'
import type { Deps } from '../../deps.ts'
import { readQuery } from '../../http/form.ts'
import { notOurs, readGuardedForm } from '../../http/form-guard.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { HEAD_TOO } from '../../http/prebuilt.ts'
import { tellRefusal } from '../../http/refusal.ts'
import type { Failed } from '../../protocol/checks.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { type Message, message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'
import { ANY_AGE, requireFresh } from '../interaction/own-page.ts'
import { flawMessage, type ProfileMessages, profilePurpose, showProfile } from './profile-view.ts'

export function profile(app: FastifyInstance, deps: Deps): void {
  const page = (query = ''): string => pathBelow(deps.issuer, `${PAGES.profile}${query}`)
  const whose = (request: FastifyRequest, reply: FastifyReply) =>
    requireFresh(deps, { request, reply }, { to: PAGES.profile, maxAge: ANY_AGE })

  app.get(PAGES.profile, HEAD_TOO, async (request, reply) => {
    const signedIn = await whose(request, reply)
    if ('answered' in signedIn) return signedIn.answered
    const done = readQuery(request).find('done') === 'saved' ? message('account.saved') : undefined
    return showProfile(deps, { signedIn, reply, done })
  })
  // The address of the form, opened again.
  app.get(`${PAGES.profile}/change`, (_request, reply) => reply.redirect(page(), 303))

  app.post(`${PAGES.profile}/change`, async (request, reply) => {
    const signedIn = await whose(request, reply)
    if ('answered' in signedIn) return signedIn.answered
    const { account } = signedIn
    const { form, failed } = readGuardedForm(deps, request, profilePurpose(deps, signedIn))
    const { typed, unreadable } = readProfile(form, deps.config.account.editable)
    const showAgain = (why: Failed, messages: ProfileMessages) => {
      const said: readonly Message[] = [
        ...(messages.problem === undefined ? [] : [messages.problem]),
        ...Object.values(messages.flaws ?? {}).map(flawMessage),
      ]
      const description = said.map(inEnglish).join(' ')
      tellRefusal(deps, request, { failed: why, description, status: messages.status })
      return showProfile(deps, { signedIn, reply, messages: { ...messages, typed } })
    }
    if (failed) return showAgain(failed, { status: 403, problem: notOurs(failed) })
    const now = deps.clock.now()
    const change = changedClaims(account.claims, typed, { offered: deps.config.languages.offered, now })
    const flaws = { ...unreadable, ...('flaws' in change ? change.flaws : {}) }
    if ('flaws' in change || Object.keys(flaws).length > 0) {
      return showAgain({ check: 'field', came: Object.keys(flaws).join(' ') }, { status: 400, flaws })
    }
    if (change.changed.length > 0) {
      const { claims, changed } = change
      // It must become another version, whatever the clock says.
      const updatedAt = Math.max(now, account.updatedAt + 1)
      const isChanged = await deps.storage.accounts.changeClaims(account.id, {
        claims,
        updatedAt,
        from: account.updatedAt,
      })
      if (!isChanged) {
        const fresh = await deps.storage.accounts.find(account.id)
        const problem = message('account.changed_meanwhile')
        tellRefusal(deps, request, {
          failed: { check: 'field', came: 'a profile that has changed meanwhile' },
          description: inEnglish(problem),
          status: 409,
        })
        return showProfile(deps, {
          signedIn: { ...signedIn, account: fresh ?? account },
          reply,
          messages: { status: 409, problem },
        })
      }
      deps.audit.record({ kind: 'profile_changed', accountId: account.id, claims: changed }, request)
    }
    return reply.redirect(page('?done=saved'), 303)
  })
}

/** What was sent of what may be changed; the rest of the form is not looked at. */
function readProfile(
  form: Parameters,
  editable: Deps['config']['account']['editable'],
): { typed: TypedClaims; unreadable: { [name: string]: ProfileFlaw } } {
  const unreadable = editable.filter((name) => form.isFaulty(name)).map((name) => [name, 'not_text'] as const)
  const typed = editable.map((name) => [name, form.find(name) ?? ''] as const)
  return { typed: Object.fromEntries(typed), unreadable: Object.fromEntries(unreadable) }
}
