/** The keys of `passwords`: which may be chosen. */
import { section, text } from './kinds.ts'
import Type from './type.ts'

export const passwords = section(
  'Which passwords may be chosen, beside the rules that are always there: 8 characters at least, none of the most common ones, ' +
    'nothing like the user name.',
  {
    breach_check_url: Type.Optional(
      text(
        'The beginning of an address that answers as “Have I Been Pwned” does for ranges of breached passwords: the first five hex ' +
          'digits of the password’s SHA-1 are put at its end, and nothing else leaves. A password that is in a breach is refused; when ' +
          'there is no answer in that format (whatever its content type), it is accepted and the log says so. A mirror of your own must be allowed in `egress.allowed_hosts`. ' +
          'Left out, nobody is asked.',
        { examples: ['https://api.pwnedpasswords.com/range/'], maxLength: 2048 },
      ),
    ),
  },
)
