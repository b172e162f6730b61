/** The address is proven: who they want to be here, and the account is made. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CodeRecord } from '../../accounts/one-time-codes.ts'
import { readParkedAuthorization } from '../../authorization/asked.ts'
import type { SignUpConfig } from '../../config/config.ts'
import type { Deps } from '../../deps.ts'
import { browserHash, ensureBrowser, formToken } from '../../http/browser.ts'
import { askingClientView } from '../../http/client-view.ts'
import { notOurs, readGuardedForm } from '../../http/form-guard.ts'
import { PAGES } from '../../http/paths.ts'
import { findInteraction, park } from '../../sessions/interaction.ts'
import type { Interaction } from '../../storage/storage.ts'
import { codePath, finish, provenHere } from '../code/proof.ts'
import { currentOf, SIGN_UP } from '../interaction/current.ts'
import { proceed } from '../interaction/proceed.ts'
import {
  type AccountMessages,
  type Applicant,
  apply,
  recordMade,
  showAccountForm,
  tellApplied,
} from './account-form.ts'
import { addressIsTaken, signUpIsOff } from './refusals.ts'

const accountPurpose = ({ id }: CodeRecord): string => `sign-up-account/${id}`

interface AccountPage {
  readonly config: SignUpConfig
  readonly record: CodeRecord
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

export function signUpAccount(app: FastifyInstance, deps: Deps): void {
  const path = `${PAGES.code}/:handle${SIGN_UP}`

  /** Undefined: nothing was proven here, or it is done; the page of the code knows. */
  async function pageOf(request: FastifyRequest, reply: FastifyReply): Promise<AccountPage | undefined> {
    const { signUp: config } = deps.config
    if (config === undefined) throw signUpIsOff(deps)
    const record = await provenHere(deps, request, 'sign_up')
    request.flowId = record?.interactionId
    return record && { config, record, request, reply }
  }
  const toCode = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { handle = '' } = request.params as { handle?: string }
    return reply.redirect(codePath(deps, { id: encodeURIComponent(handle) }), 303)
  }

  app.get(path, async (request, reply) => {
    const page = await pageOf(request, reply)
    return page === undefined ? toCode(request, reply) : show(deps, page)
  })

  app.post(path, async (request, reply) => {
    const page = await pageOf(request, reply)
    // Sent twice, perhaps: the first one has made the account.
    if (page === undefined) {
      readGuardedForm(deps, request, '')
      return toCode(request, reply)
    }
    const { config, record } = page
    const { form, failed } = readGuardedForm(deps, request, accountPurpose(record))
    if (failed) {
      const typed = { username: form.find('username') ?? '', name: form.find('name') ?? '' }
      const messages = { status: 403, errors: { form: notOurs(failed) }, ...typed }
      return tellApplied(deps, request, { failed, messages }, () => show(deps, page, messages))
    }
    const applicant = applicantOf(config, record)
    const applied = await apply(deps, { config, applicant, form, request, reply })
    if (applied.kind === 'refused') return tellApplied(deps, request, applied, () => show(deps, page, applied.messages))
    await finish(deps, record, reply)
    if (applied.kind === 'address_taken') throw addressIsTaken(record.address)
    recordMade(deps, request, { account: applied.account, by: 'sign_up' })
    const current = await currentOf(deps, await interactionOf(deps, page), { request, reply })
    return proceed(deps, { account: applied.account, amr: applied.amr, current, request, reply })
  })
}

const applicantOf = ({ groups }: SignUpConfig, { address }: CodeRecord): Applicant => ({
  address,
  origin: 'sign_up',
  groups,
})

/** The one that it was asked for at; where nothing is known of that any more, the sign-in goes on to the home page. */
async function interactionOf(deps: Deps, { record, request, reply }: AccountPage): Promise<Interaction> {
  const { interactionId } = record
  const found = interactionId === undefined ? undefined : await findInteraction(deps, interactionId)
  if (found !== undefined) return found
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  return park(deps, { clientId: undefined, parameters: '' }, browserHash(secret))
}

async function show(deps: Deps, page: AccountPage, messages?: AccountMessages): Promise<FastifyReply> {
  const { config, record, request, reply } = page
  const interaction = record.interactionId === undefined ? undefined : await findInteraction(deps, record.interactionId)
  const asked =
    interaction?.clientId === undefined
      ? undefined
      : await readParkedAuthorization(deps, interaction.parameters).catch(() => undefined)
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  return showAccountForm(deps, {
    ...{ config, request, reply, messages },
    applicant: applicantOf(config, record),
    client: asked && askingClientView(asked.client, asked.target.uri, request.language),
    target: asked?.target.uri,
    form: { action: codePath(deps, record, SIGN_UP), csrf: formToken(secret, accountPurpose(record)) },
  })
}
