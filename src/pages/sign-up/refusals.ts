/** Why no account is made, where no form can be shown once more. */
import type { Deps } from '../../deps.ts'
import { PageError } from '../../http/page-error.ts'
import { PAGES } from '../../http/paths.ts'
import { message } from '../../words/message.ts'

const TO_SIGN_IN = { to: PAGES.signIn, label: message('code.to_sign_in') }

/** Told only to whoever has proven the address. */
export const addressIsTaken = (address: string): PageError =>
  new PageError({
    status: 409,
    check: 'address_taken',
    title: message('sign_up.taken_title'),
    message: message('sign_up.taken_message', { address }),
    advice: message('sign_up.taken_advice'),
    wayOn: TO_SIGN_IN,
  })

export const signUpIsOff = ({ config }: Pick<Deps, 'config'>): PageError =>
  new PageError({
    status: 404,
    check: 'sign_up_off',
    title: message('sign_up.off_title'),
    message: message('sign_up.off_message'),
    advice: message('sign_up.off_advice', { installation: config.name }),
    wayOn: TO_SIGN_IN,
  })

/** Used, taken back, too old, or never made. */
export const invitationIsOver = (): PageError =>
  new PageError({
    status: 410,
    check: 'invitation',
    title: message('sign_up.over_title'),
    message: message('sign_up.over_message'),
    advice: message('sign_up.over_advice'),
    wayOn: TO_SIGN_IN,
  })
