/** The keys of `account`: what people may do with their own account. */
import { flag, section } from './kinds.ts'
import Type from './type.ts'

/** Nothing that apps decide by, and nothing that somebody has to have checked. */
export const EDITABLE_CLAIMS = [
  'name',
  'given_name',
  'family_name',
  'middle_name',
  'nickname',
  'website',
  'zoneinfo',
  'locale',
] as const

export const account = section('What people may do with their own account (docs/account-pages.md).', {
  editable: Type.Array(Type.Enum(EDITABLE_CLAIMS, { description: 'A claim.', examples: ['name'] }), {
    description:
      'What they may change of their profile. Leave out what comes from elsewhere: the next import would undo it. The e-mail address is proven by a mail, and is none of these.',
    default: ['name', 'given_name', 'family_name', 'locale'],
    uniqueItems: true,
    examples: [['locale']],
  }),
  remove: flag(
    'Whether they may remove it themselves, for good (docs/account-data.md). Whoever is in one of `admin.groups` may not: a command does it.',
    true,
  ),
})
