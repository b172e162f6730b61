/** What the pages say of a code or a link that confirms an address. */
import { message } from '../../words/message.ts'
import type { CodePurpose } from './purposes.ts'

export const CONFIRMING = {
  typing: ({ address }) => ({ lead: message('code.sent_to', { address }) }),
  opened: async (_deps, { record: { address } }) => ({
    title: message('code.confirm_title'),
    lead: message('code.confirm_lead', { address }),
    submit: message('code.confirm_submit'),
  }),
  confirmed: { title: message('code.confirmed_title'), message: message('code.confirmed_message') },
} as const satisfies Partial<CodePurpose>

export const OTHER_ADDRESS = message('code.other_address')
