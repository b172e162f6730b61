/** People make accounts for themselves (docs/sign-up.md, docs/decisions/0033). */
import type { FastifyInstance } from 'fastify'
import type { Deps } from '../../deps.ts'
import { signUpAccount } from './account.ts'
import { signUpAddress } from './address.ts'
import { invitation } from './invitation.ts'

export function signUp(app: FastifyInstance, deps: Deps): void {
  signUpAddress(app, deps)
  signUpAccount(app, deps)
  invitation(app, deps)
}
