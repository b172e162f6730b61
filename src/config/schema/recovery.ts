/** The keys of `recovery`. */
import { section } from './kinds.ts'
import Type from './type.ts'

export const recovery = section(
  'What people can do by themselves who cannot sign in (docs/recovery.md). It takes `mail`.',
  {
    password: Type.Optional(
      Type.Boolean({
        description:
          'Whether people who have forgotten their password choose a new one by a mail to their verified address.',
        'x-default': 'true with `mail`, false without',
        examples: [false],
      }),
    ),
  },
)
