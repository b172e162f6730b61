/** `countersign account …`: the people who can sign in. */
import { add } from './account/add.ts'
import { disable, enable, remove, setPassword, signOut } from './account/change.ts'
import { exportAccounts } from './account/export.ts'
import { hashes } from './account/hashes.ts'
import { importAccounts } from './account/import.ts'
import { invite } from './account/invite.ts'
import { list, show } from './account/list.ts'
import { passkey } from './account/passkey.ts'
import type { AccountContext, Opened, Subcommand } from './account/subcommand.ts'
import { ownerTeller } from './account/tell.ts'
import { totp } from './account/totp.ts'
import { unlink } from './account/unlink.ts'
import { unverify, verify } from './account/verify.ts'
import { type Command, type Terminal, UsageError } from './command.ts'
import { CONFIG_OPTION_USAGE } from './config.ts'
import { openAt } from './open.ts'

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  add,
  invite,
  list,
  show,
  'set-password': setPassword,
  'sign-out': signOut,
  disable,
  enable,
  remove,
  totp,
  passkey,
  unlink,
  verify,
  unverify,
  import: importAccounts,
  export: exportAccounts,
  hashes,
}

const USAGE = `countersign account SUBCOMMAND [--config FILE]

  add USERNAME            a new account; its password is asked for, or read from standard input
      --name TEXT  --given-name TEXT  --family-name TEXT
      --email ADDRESS  --email-verified  --phone NUMBER  --phone-verified
      --group NAME        once for each group
      --claim KEY=VALUE   any other standard claim: locale=de, zoneinfo=Europe/Berlin, address={"country":"DE"}
      --disabled          cannot sign in yet
      --password-stdin    says that the password comes from standard input, which it does anyway without a terminal
      --no-password       cannot sign in with a password
  invite ADDRESS          mails a link that makes an account, once (sign_up.mode must not be off)
      --name TEXT  --group NAME  proposed; the groups of sign_up unless told
      --app ID            the client that they go on to
      --expires 7d        how long it is good: 1h to 30d
      --language TAG      of the mail
      --print-link        prints the link, too: whoever opens it is taken for the owner of the address
  invite list [--json]    the invitations that are out
  invite revoke ADDRESS   takes them back
  list [WHO…] [--json]    every account, or those that are named
  show WHO [--json]       one account with its claims
      --client ID         and what this client calls it (subject_type: pairwise)
  set-password WHO        a new password; ends every session and revokes every grant of the account
  sign-out WHO            ends every session and revokes every grant of the account, nothing else
  disable WHO             the same, and nobody can sign in to it
  enable WHO              the account can be signed in to again
  remove WHO [--yes]      for good
  verify WHO              the e-mail address is theirs: they sign in by it, and get a new password by it
  unverify WHO            it may not be theirs any more
  totp remove WHO [--yes]  takes the authenticator app and the recovery codes away, for who has lost both
  passkey list WHO [--json]  the passkeys of an account
  passkey remove WHO PASSKEY [--yes]  takes one away, by its name in that list
  unlink WHO PROVIDER [--yes]  a provider (its id in upstream, or its issuer) signs nobody in to it any more
  import FILE…            many accounts, one JSON object in each line (- for standard input):
                          {"username": "anna", "password": "…", "email": "anna@example.org", "groups": ["staff"]}
                          with "password_hash" instead of "password" (argon2, bcrypt, scrypt, PBKDF2), "sub": what apps
                          know the person by, and "disabled": true; all members: docs/moving/README.md
      --from keycloak     a realm export with its users, in one file or several; --groups paths (the default) or names
      --from authelia     a users database (YAML); --identifiers FILE: what storage user identifiers export wrote
      --from dex          the static passwords of a configuration (YAML)
      --dry-run           tells every fault, and what would come of it; writes nothing
      --existing WHAT     who is there already: fail (the default), skip (also to take up a run that was cut short), or
                          update: claims, and whoever is disabled there; never the password
      --skip-faulty       imports the good lines where some are faulty; else one faulty line stops all of them
      --drop-unusable-hashes  an account whose hash is not let in comes without a password instead of being faulty
  export FILE             every account with everything, one JSON object in each line; import reads it
      --without-hashes    without password hashes
  hashes                  how many accounts still have the hash that they came with

WHO is a user name, however it is spelled, or a sub: what apps and the log know the person by. What is the user name of one
and the sub of another is refused, with what else to call them.
A password is never an argument: arguments are seen by others in the process list and stay in the shell's history.

${CONFIG_OPTION_USAGE}`

/** `open` gives the configuration and the storage that `--config` names. */
export function accountCommand(open: (configPath: string | undefined, terminal: Terminal) => Promise<Opened>): Command {
  return {
    name: 'account',
    summary: 'Add, list, show, change, remove, import and export accounts',
    usage: USAGE,
    async run([name = '', ...args], terminal) {
      const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined
      if (!subcommand) throw new UsageError(`account wants one of ${Object.keys(SUBCOMMANDS).join(', ')}`)
      const context: AccountContext = { terminal, open: (configPath) => open(configPath, terminal) }
      return subcommand(args, context)
    },
  }
}

export const account: Command = accountCommand(async (configPath, terminal) => {
  const opened = await openAt(configPath, terminal)
  return { ...opened, tell: ownerTeller(opened, terminal) }
})
