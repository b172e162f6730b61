/** Whose form was posted, where several accounts are signed in: its token is good for one session alone, and so tells which. */
import type { FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { type GuardedForm, readGuardedForm } from '../http/form-guard.ts'
import type { SignedIn } from '../sessions/session.ts'

interface About<Of> {
  readonly here: readonly Of[]
  /** What the token of the form is good for. */
  readonly purpose: (sessionId: string) => string
}

/** `signedIn`: undefined when it is nobody's who is still there; then nothing is to be done. Throws as `readGuardedForm` does. */
export function formAbout<Of extends SignedIn>(
  deps: Pick<Deps, 'issuer' | 'cookies'>,
  request: FastifyRequest,
  { here, purpose }: About<Of>,
): GuardedForm & { readonly signedIn: Of | undefined } {
  for (const signedIn of here) {
    const guarded = readGuardedForm(deps, request, purpose(signedIn.session.id))
    if (guarded.isOurs) return { ...guarded, signedIn }
  }
  return { ...readGuardedForm(deps, request, purpose('')), signedIn: undefined }
}
