/** One passkey of one's own account: its name, and taking it away. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasPassword } from '../../accounts/has-password.ts'
import { passkeyLabel, passkeyName, passkeysOf, removePasskey } from '../../accounts/passkeys.ts'
import type { Deps } from '../../deps.ts'
import { ensureBrowser, formToken } from '../../http/browser.ts'
import { notOurs, readGuardedForm, tellNotOurs } from '../../http/form-guard.ts'
import { pathParameter } from '../../http/path-parameter.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import type { Failed } from '../../protocol/checks.ts'
import type { SignedIn } from '../../sessions/session.ts'
import type { Passkey } from '../../storage/storage.ts'
import { type Message, message } from '../../words/message.ts'
import { inEnglish } from '../../words/words.ts'
import { accountFrame } from './frame.ts'
import { passkeyView } from './passkey-kind.ts'

interface Frame {
  fresh(request: FastifyRequest, reply: FastifyReply): Promise<SignedIn | { readonly answered: FastifyReply }>
  back(reply: FastifyReply): FastifyReply
}

interface Page {
  readonly signedIn: SignedIn
  readonly passkey: Passkey
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly problem?: { readonly error: Message; readonly status: number; readonly typed: string }
}

type Change = 'rename' | 'remove'

const pathOf = ({ issuer }: Pick<Deps, 'issuer'>, passkey: Passkey, change = ''): string =>
  pathBelow(issuer, `${PAGES.passkeys}/${passkeyLabel(passkey)}${change}`)
const purposeOf = (change: Change, passkey: Passkey, { session }: SignedIn): string =>
  `passkey/${change}/${passkeyLabel(passkey)}/${session.id}`

export function passkeyPage(app: FastifyInstance, deps: Deps, { fresh, back }: Frame): void {
  const path = `${PAGES.passkeys}/:passkey`

  /** One of theirs; who is not there, or asks for another's, is on the way to somewhere else. */
  const find = async (request: FastifyRequest, reply: FastifyReply) => {
    const signedIn = await fresh(request, reply)
    if ('answered' in signedIn) return signedIn
    const label = pathParameter(request, 'passkey')
    const passkey = (await passkeysOf(deps, signedIn.account.id)).find((one) => passkeyLabel(one) === label)
    return passkey === undefined ? { answered: back(reply) } : { signedIn, passkey, request, reply }
  }

  app.get(path, async (request, reply) => {
    const found = await find(request, reply)
    return 'answered' in found ? found.answered : showPasskey(deps, found)
  })
  // The address of a form, opened again.
  app.get(`${path}/:change`, async (request, reply) =>
    reply.redirect(
      pathBelow(deps.issuer, `${PAGES.passkeys}/${encodeURIComponent(pathParameter(request, 'passkey'))}`),
      303,
    ),
  )

  app.post(`${path}/rename`, async (request, reply) => {
    const found = await find(request, reply)
    if ('answered' in found) return found.answered
    const { signedIn, passkey } = found
    const { form, failed } = readGuardedForm(deps, request, purposeOf('rename', passkey, signedIn))
    const typed = form.find('name') ?? ''
    const showAgain = (failed: Failed, error: Message, status: number) => {
      tellRefusal(deps, request, { failed, description: inEnglish(error), status })
      return showPasskey(deps, { ...found, problem: { error, status, typed } })
    }
    if (failed) return showAgain(failed, notOurs(failed), 403)
    const name = passkeyName(typed)
    if (name === undefined)
      return showAgain({ check: 'field', came: 'an empty field' }, message('passkeys.no_name'), 400)
    await deps.storage.passkeys.rename({ id: passkey.id, accountId: signedIn.account.id, name })
    return back(reply)
  })

  app.post(`${path}/remove`, async (request, reply) => {
    const found = await find(request, reply)
    if ('answered' in found) return found.answered
    const { signedIn, passkey } = found
    const { account } = signedIn
    const { failed } = readGuardedForm(deps, request, purposeOf('remove', passkey, signedIn))
    if (failed) tellNotOurs(deps, request, failed)
    else if ((await removePasskey(deps, { account, id: passkey.id })) === 'removed') {
      deps.audit.record({ kind: 'passkey_removed', accountId: account.id, passkey: passkeyLabel(passkey) }, request)
    }
    return back(reply)
  })
}

async function showPasskey(deps: Deps, { signedIn, passkey, request, reply, problem }: Page): Promise<FastifyReply> {
  const { account } = signedIn
  const secret = ensureBrowser(deps.cookies, request, reply, deps.random)
  const form = (change: Change) => ({
    action: pathOf(deps, passkey, `/${change}`),
    csrf: formToken(secret, purposeOf(change, passkey, signedIn)),
  })
  const { length } = await passkeysOf(deps, account.id)
  allowPage(reply)
  return render(reply.code(problem?.status ?? 200), 'account-passkey', {
    ...(await accountFrame(deps, account, PAGES.passkeys)),
    ...passkeyView(passkey),
    rename: form('rename'),
    typed: problem?.typed ?? passkey.name,
    remove: hasPassword(account) || length > 1 ? form('remove') : undefined,
    error: problem?.error,
    errorId: problem && request.id,
    back: pathBelow(deps.issuer, PAGES.passkeys),
  })
}
