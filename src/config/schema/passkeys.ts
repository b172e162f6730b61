/** The keys of `passkeys`: signing in with the lock of a device, and no password. */
import { flag, section, text } from './kinds.ts'
import Type from './type.ts'

export const passkeys = section(
  'Passkeys (WebAuthn): people sign in with the face, fingerprint or PIN that unlocks their device, or with a security key, ' +
    'instead of a password or beside it. Browsers know them only where `issuer` has a name, not a number, for its host. ' +
    'docs/passkeys.md says more.',
  {
    enabled: flag('Whether there are passkeys. Those that people have are kept while there are none.', true),
    rp_id: Type.Optional(
      text(
        'The domain that passkeys belong to. They are good there and below it, and nowhere else: after a change of this key, ' +
          'or of the host of `issuer` where it is left out, nobody can use a passkey that was made before.',
        { 'x-default': 'the host of `issuer`', examples: ['example.com'], maxLength: 253 },
      ),
    ),
    offer: flag(
      'Whether who has signed in with a password is asked, now and then, if they want a passkey; they may always say no.',
      true,
    ),
  },
)
