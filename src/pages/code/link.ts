/** Links out of mails: opening one shows who asked, whoever opens it (mail scanners do); the button uses it. */
import type { FastifyReply } from 'fastify'
import type { OpenedLink } from '../../accounts/one-time-codes.ts'
import type { Deps } from '../../deps.ts'
import { notOurs, readGuardedForm } from '../../http/form-guard.ts'
import { tellRefusal } from '../../http/refusal.ts'
import { allowPage } from '../../http/security-headers.ts'
import { render } from '../../http/views.ts'
import { inEnglish } from '../../words/words.ts'
import { linkIsOver } from './over.ts'
import { codePath, giveProof } from './proof.ts'
import type { CodePurpose } from './purposes.ts'
import { type CodePage, linkPurpose, placeHere, showLink } from './view.ts'

type LinkPage = CodePage & { readonly handle: string }

export async function openLink(deps: Deps, page: LinkPage): Promise<FastifyReply> {
  const opened = await deps.codes.open(page.handle, page.record.purpose, placeHere(deps, page))
  if (opened.kind !== 'open') return tellOver(deps, page, opened)
  return showLink(deps, { ...page, isElsewhere: opened.means === 'confirms' })
}

export async function useLink(deps: Deps, page: LinkPage): Promise<FastifyReply> {
  const { record, pages, handle, request, reply } = page
  const { failed } = readGuardedForm(deps, request, linkPurpose(handle))
  const opened = await deps.codes.open(handle, record.purpose, placeHere(deps, page))
  if (opened.kind !== 'open') return tellOver(deps, page, opened)
  const isElsewhere = opened.means === 'confirms'
  if (failed) {
    const error = notOurs(failed)
    tellRefusal(deps, request, { failed, description: inEnglish(error), status: 403 })
    return showLink(deps, { ...page, isElsewhere, error })
  }
  const verdict = await deps.codes.use(handle, record.purpose)
  if (verdict.kind !== 'right') throw linkIsOver()
  request.log.info({ purpose: record.purpose }, 'a mailed link was used')
  if (pages.right !== undefined && !(await pages.right(deps, page))) throw linkIsOver()
  if (!isElsewhere || pages.confirmed === undefined) {
    giveProof(deps, record, reply)
    return pages.goOn(deps, page)
  }
  return showConfirmed(deps, reply, pages.confirmed)
}

/** The button was pressed twice, or the page is opened again: whoever used it is told the same as before, or goes on. */
async function tellOver(deps: Deps, page: LinkPage, opened: OpenedLink): Promise<FastifyReply> {
  const { record, pages, reply } = page
  if (opened.kind !== 'over' || opened.because !== 'used') throw linkIsOver()
  if (record.usedBy !== 'link') throw linkIsOver()
  const isAskedHere = record.browserHash === placeHere(deps, page).browserHash
  if (!isAskedHere && pages.confirmed !== undefined) return showConfirmed(deps, reply, pages.confirmed)
  return reply.redirect(codePath(deps, record), 303)
}

function showConfirmed(
  { config }: Pick<Deps, 'config'>,
  reply: FastifyReply,
  said: NonNullable<CodePurpose['confirmed']>,
): Promise<FastifyReply> {
  allowPage(reply)
  return render(reply, 'done', { installation: config.name, ...said, wayOn: undefined })
}
