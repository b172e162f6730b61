/** What came out of a mail is over, or never was: one page for all of it, so that it tells nothing. */
import { PageError } from '../../http/page-error.ts'
import { PAGES } from '../../http/paths.ts'
import { message } from '../../words/message.ts'

export const linkIsOver = (): PageError =>
  new PageError({
    status: 410,
    check: 'mailed_link',
    title: message('code.over_title'),
    message: message('code.over_message'),
    advice: message('code.over_advice'),
    wayOn: { to: PAGES.signIn, label: message('code.to_sign_in') },
  })
