/** The code that proves the address of an account that is to be made: what the pages of codes say, and where they lead. */
import { mailAddress } from '../../base/mail-address.ts'
import { PAGES } from '../../http/paths.ts'
import { message } from '../../words/message.ts'
import { CONFIRMING } from '../code/confirming.ts'
import { codePath } from '../code/proof.ts'
import type { CodePurpose } from '../code/purposes.ts'
import { SIGN_UP } from '../interaction/current.ts'
import { mailSignUp } from './address.ts'

export const SIGN_UP_CODE: CodePurpose = {
  ...CONFIRMING,
  typing: ({ address }) => ({ lead: message('sign_up.sent_to', { address }) }),
  opened: async (deps, { record: { address } }) => ({
    title: message('sign_up.open_title'),
    lead: message('sign_up.open_lead', { address, installation: deps.config.name }),
    submit: message('sign_up.open_submit'),
  }),
  confirmed: { title: message('sign_up.done_title'), message: message('sign_up.done_message') },
  goOn: async (deps, { record, reply }) => reply.redirect(codePath(deps, record, SIGN_UP), 303),
  async again(deps, { record, request, place }) {
    const address = mailAddress(record.address)
    if (address === undefined || deps.config.signUp === undefined) return { kind: 'off' }
    return mailSignUp(deps, address, { request, place })
  },
  back: ({ interactionId }) => ({
    to: interactionId === undefined ? PAGES.signIn : `${PAGES.signIn}/${interactionId}${SIGN_UP}`,
    label: message('sign_up.other_address'),
  }),
}
