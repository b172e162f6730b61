/**
 * Whoever has come with the code or the link gets a cookie for the pages below it, made at that moment: nobody who shares another
 * cookie with them, or has planted it, goes on with what they proved.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Purpose } from '../../accounts/one-time-code.ts'
import type { CodeRecord } from '../../accounts/one-time-codes.ts'
import type { Deps } from '../../deps.ts'
import { pathParameter } from '../../http/path-parameter.ts'
import { PAGES, pathBelow } from '../../http/paths.ts'
import type { OneTimeCode } from '../../storage/storage.ts'

/** Of the page that it is typed in, and what comes after it. */
export const codePath = ({ issuer }: Pick<Deps, 'issuer'>, { id }: Pick<OneTimeCode, 'id'>, step = ''): string =>
  pathBelow(issuer, `${PAGES.code}/${id}${step}`)

type ProofDeps = Pick<Deps, 'issuer' | 'cookies' | 'codes'>

export const giveProof = (deps: ProofDeps, record: OneTimeCode, reply: FastifyReply): void =>
  deps.cookies.proof.write(reply, codePath(deps, record), deps.codes.proofOf(record))

/** The code that was used up in this browser, of the route's `:handle`; undefined: none was, too long ago, or it is done with. */
export const provenHere = (
  { cookies, codes }: Pick<Deps, 'cookies' | 'codes'>,
  request: FastifyRequest,
  purpose: Purpose,
): Promise<CodeRecord | undefined> =>
  codes.proven({ id: pathParameter(request, 'handle'), purpose, proof: cookies.proof.read(request) })

/** True for one caller: what it was for is to be done now. */
export async function finish(deps: ProofDeps, record: OneTimeCode, reply: FastifyReply): Promise<boolean> {
  deps.cookies.proof.clear(reply, codePath(deps, record))
  return deps.codes.finish(record.id)
}
