/** The link of an invitation. Opening it shows a form, whoever opens it (mail scanners do); an account that is made of it uses it up. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CodeRecord } from '../../accounts/one-time-codes.ts'
import { type Invitation, invitationOf } from '../../authorization/invitation.ts'
import type { SignUpConfig } from '../../config/config.ts'
import type { Deps } from '../../deps.ts'
import { browserHash, ensureBrowser, formToken } from '../../http/browser.ts'
import { clientView } from '../../http/client-view.ts'
import { notOurs, readGuardedForm } from '../../http/form-guard.ts'
import { pathParameter } from '../../http/path-parameter.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { HEAD_TOO } from '../../http/prebuilt.ts'
import { refuseManyNew } from '../../http/too-many-requests.ts'
import { park } from '../../sessions/interaction.ts'
import { currentOf } from '../interaction/current.ts'
import { proceed } from '../interaction/proceed.ts'
import {
  type AccountMessages,
  type Applicant,
  apply,
  recordMade,
  showAccountForm,
  tellApplied,
} from './account-form.ts'
import { addressIsTaken, invitationIsOver, signUpIsOff } from './refusals.ts'

const invitationPurpose = ({ id }: CodeRecord): string => `invitation/${id}`

interface InvitationPage {
  readonly config: SignUpConfig
  readonly record: CodeRecord
  readonly handle: string
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

export function invitation(app: FastifyInstance, deps: Deps): void {
  async function pageOf(request: FastifyRequest, reply: FastifyReply): Promise<InvitationPage> {
    const { signUp: config } = deps.config
    if (config === undefined) throw signUpIsOff(deps)
    const handle = pathParameter(request, 'handle')
    const opened = await deps.codes.open(handle, 'invitation', { browserHash: undefined })
    if (opened.kind !== 'open') throw invitationIsOver()
    return { config, record: opened.record, handle, request, reply }
  }

  app.get(`${PAGES.invitation}/:handle`, HEAD_TOO, async (request, reply) => show(deps, await pageOf(request, reply)))
  // The address of the form, opened again.
  app.get(`${PAGES.invitation}/:handle/account`, (request, reply) =>
    reply.redirect(pathTo(deps, encodeURIComponent(pathParameter(request, 'handle'))), 303),
  )

  app.post(`${PAGES.invitation}/:handle/account`, async (request, reply) => {
    const page = await pageOf(request, reply)
    const { config, record, handle } = page
    const { form, failed } = readGuardedForm(deps, request, invitationPurpose(record))
    if (failed) {
      const typed = { username: form.find('username') ?? '', name: form.find('name') ?? '' }
      const messages = { status: 403, errors: { form: notOurs(failed) }, ...typed }
      return tellApplied(deps, request, { failed, messages }, () => show(deps, page, messages))
    }
    refuseManyNew(deps, request)
    const invited = invitationOf(record)
    const applied = await apply(deps, { config, applicant: applicantOf(invited), form, request, reply })
    if (applied.kind === 'refused') return tellApplied(deps, request, applied, () => show(deps, page, applied.messages))
    // Behind the account: whoever is told that a user name is taken has lost nothing, and the address gets one account in any case.
    await deps.codes.use(handle, 'invitation')
    if (applied.kind === 'address_taken') throw addressIsTaken(record.address)
    const { account, amr } = applied
    recordMade(deps, request, { account, by: 'invitation' })
    const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
    const { clientId } = invited
    const parameters = clientId === undefined ? '' : new URLSearchParams({ app: clientId }).toString()
    const parked = await park(deps, { clientId: undefined, parameters }, browserHash(secret))
    const current = await currentOf(deps, parked, { request, reply })
    return proceed(deps, { account, amr, current, request, reply })
  })
}

const pathTo = ({ issuer }: Pick<Deps, 'issuer'>, handle: string): string =>
  pathBelow(issuer, `${PAGES.invitation}/${handle}`)

const applicantOf = ({ address, name, groups }: Invitation): Applicant => ({
  ...{ address, name, groups },
  origin: 'invitation',
})

async function show(deps: Deps, page: InvitationPage, messages?: AccountMessages): Promise<FastifyReply> {
  const { config, record, handle, request, reply } = page
  const invited = invitationOf(record)
  const client = invited.clientId === undefined ? undefined : await deps.clients.find(invited.clientId)
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  return showAccountForm(deps, {
    ...{ config, request, reply, messages },
    applicant: applicantOf(invited),
    client: client && clientView(client, request.language),
    target: undefined,
    form: { action: `${pathTo(deps, handle)}/account`, csrf: formToken(secret, invitationPurpose(record)) },
  })
}
