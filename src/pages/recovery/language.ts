/** The language of a mail. */
import type { FastifyRequest } from 'fastify'
import type { Account } from '../../storage/storage.ts'

/** That of its reader, as far as it is known; whoever asks may be somebody else. */
export const languageOf = (account: Pick<Account, 'claims'> | undefined, { language }: FastifyRequest): string =>
  account?.claims.locale ?? language.tag
