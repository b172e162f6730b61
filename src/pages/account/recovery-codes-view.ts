/** New recovery codes: shown this once, and to be kept as a text file. */
import type { FastifyReply } from 'fastify'
import type { Deps } from '../../deps.ts'
import { clientView } from '../../http/client-view.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import type { Client } from '../../protocol/client.ts'
import type { Account } from '../../storage/storage.ts'
import { message } from '../../words/message.ts'

interface NewCodes {
  readonly codes: readonly string[]
  readonly account: Account
  /** Where it goes on, and to which app in the end. */
  readonly onward: { readonly url: string; readonly client?: Client | undefined }
  readonly reply: FastifyReply
}

export function showRecoveryCodes(deps: Pick<Deps, 'config'>, { codes, account, onward, reply }: NewCodes) {
  const { name: installation } = deps.config
  const { language } = reply.request
  const head = [
    message('recovery_codes.file_title', { username: account.username, installation }),
    message('recovery_codes.file_use'),
  ]
  const lines = [...head.map(language.plain), '', ...codes, '']
  allowPage(reply)
  return render(reply, 'recovery-codes', {
    installation,
    codes,
    // No script is needed to save it, and nothing that was sent to us comes back from us.
    file: `data:text/plain;charset=utf-8,${encodeURIComponent(lines.join('\r\n'))}`,
    wayOn: onward.url,
    client: onward.client && clientView(onward.client, language),
  })
}
