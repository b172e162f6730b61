/** Whether an account may have a second factor here, and whether it needs one. */
import type { Deps } from '../../deps.ts'
import { isSecondFactorRequired, NOTHING_WANTED } from '../../sessions/enough.ts'
import type { Account } from '../../storage/storage.ts'

/** Who needs none may have one where that is offered. */
export const isOpenTo = ({ config }: Pick<Deps, 'config'>, account: Account): boolean =>
  config.secondFactor.isOffered || isRequired({ config }, account)

export const isRequired = ({ config }: Pick<Deps, 'config'>, { claims }: Account): boolean =>
  isSecondFactorRequired({ policy: config.secondFactor, wanted: NOTHING_WANTED, groups: claims.groups ?? [] })
