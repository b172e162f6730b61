/** Whether there is a page for the e-mail address: without mails nothing could be confirmed. */
import type { Deps } from '../../deps.ts'

export const isEmailPageThere = ({ config }: Pick<Deps, 'config'>): boolean => config.mail !== undefined
