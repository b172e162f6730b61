/** `countersign keys`: what an operator can see of the signing keys and do to them. */
import type { Log } from '../base/log.ts'
import type { KeyRingDeps } from '../keys/key-ring.ts'
import { keyUsers, outlooks, readSightings } from '../keys/key-users.ts'
import { rotationPolicy } from '../keys/rotation-policy.ts'
import { hasSealedKeys, loadSealingKey, SealingKeyError } from '../keys/sealing-key.ts'
import { SigningKeyError } from '../keys/signing-key.ts'
import { type Command, CommandError, type Terminal, UsageError } from './command.ts'
import { outlookLines } from './keys/app-lines.ts'
import { revoke, revokeAll } from './keys/revoke.ts'
import { parseAlgorithm, rotate } from './keys/rotate.ts'
import { keyTable } from './keys/table.ts'
import { type Open, type Opened, openAt, splitConfigOption } from './open.ts'

const USAGE = `countersign keys list [--config FILE]
countersign keys rotate [ALGORITHM] [--force | --now] [--config FILE]
countersign keys revoke KID [--yes] [--config FILE]
countersign keys revoke --all [--yes] [--config FILE]

list    Shows every key: its state, since when it is published and signs, when it goes; and which of the
        apps that fetch keys have not fetched the next one yet.
rotate  Lets the next key sign now, before its time; the next key of every algorithm when none is
        named. It must have been published long enough for every app to know it; otherwise this says
        from when on it may, and --now does it all the same. When apps that fetch keys have not
        fetched it, it names them and asks; --force does not ask.
revoke  Takes a key out at once, because its private half may be in other hands. Every token that
        it signed is refused from then on. When it is the current one, the next one takes its place.
        It says what ends and asks; --yes does not ask.
        --all takes out every key, which needs no sealing key: for when that is lost for good. A running
        Countersign makes new keys within seconds, otherwise the next start does.

Keys rotate by themselves (keys.rotate_every); neither command is needed for that.
`

/** `open` and `generate` are given by tests. */
export function keysCommand(open: Open, generate?: KeyRingDeps['generate']): Command {
  return {
    name: 'keys',
    summary: 'List, rotate and revoke the signing keys',
    usage: USAGE,
    async run(args, terminal) {
      const { path, rest } = splitConfigOption(args)
      const words = parseWords(rest)
      const opened = await open(path, terminal)
      try {
        return await runWith(words, opened, { terminal, generate })
      } catch (error) {
        const isOperators = error instanceof SealingKeyError || error instanceof SigningKeyError
        throw isOperators ? new CommandError(error.message, { cause: error }) : error
      } finally {
        await opened.close()
      }
    },
  }
}

export const keys: Command = keysCommand(openAt)

interface Surroundings {
  readonly terminal: Terminal
  readonly generate: KeyRingDeps['generate'] | undefined
}

interface Words {
  readonly verb: 'list' | 'rotate' | 'revoke'
  readonly names: readonly string[]
  readonly now: boolean
  readonly force: boolean
  readonly all: boolean
  readonly yes: boolean
}

const OPTIONS = ['--now', '--force', '--all', '--yes']

/** Before anything is opened, so that wrong usage is told as such on any machine. */
function parseWords(rest: readonly string[]): Words {
  const [verb, ...names] = rest.filter((word) => !OPTIONS.includes(word))
  const [now, force, all, yes] = OPTIONS.map((option) => rest.includes(option)) as [boolean, boolean, boolean, boolean]
  if (verb !== 'list' && verb !== 'rotate' && verb !== 'revoke') throw new UsageError('keys list, rotate or revoke?')
  // A kid may begin with a hyphen, so only what looks like a word of ours is called unknown.
  const unknown = names.find((word) => /^--?[a-z]+$/.test(word))
  if (unknown !== undefined) throw new UsageError(`keys ${verb} does not know ${unknown}.`)
  const stray = [
    [now && verb !== 'rotate', '--now goes with keys rotate only.'],
    [force && verb !== 'rotate', '--force goes with keys rotate only.'],
    [all && verb !== 'revoke', '--all goes with keys revoke only.'],
    [yes && verb !== 'revoke', '--yes goes with keys revoke only.'],
  ].find(([isStray]) => isStray)
  if (stray) throw new UsageError(String(stray[1]))
  if (verb === 'list' && names.length > 0) throw new UsageError('keys list takes no words.')
  if (verb === 'revoke' && names.length !== (all ? 0 : 1)) throw new UsageError('keys revoke takes one kid, or --all.')
  if (verb === 'rotate') parseAlgorithm(names)
  return { verb, names, now, force, all, yes }
}

async function runWith(words: Words, opened: Opened, surroundings: Surroundings): Promise<number> {
  const { terminal } = surroundings
  const { verb, names, all, yes: isSure } = words
  switch (verb) {
    case 'list':
      return list(opened, terminal)
    case 'rotate': {
      const deps = await toDeps(opened, surroundings)
      const { now: isNow, force: isForced } = words
      return rotate(parseAlgorithm(names), { deps, opened, terminal, isNow, isForced })
    }
    case 'revoke': {
      if (all) return revokeAll(opened.storage.signingKeys, { terminal, isSure })
      return revoke(names[0] ?? '', { deps: await toDeps(opened, surroundings), opened, terminal, isSure })
    }
  }
}

async function list({ config, storage }: Opened, terminal: Terminal): Promise<number> {
  const stored = await storage.signingKeys.list()
  if (stored.length === 0) {
    terminal.stdout.write('There are no signing keys yet. The first start of countersign serve makes them.\n')
    return 0
  }
  const [now, policy] = [terminal.clock.now(), rotationPolicy(config)]
  terminal.stdout.write(keyTable(stored, policy, now))
  const { users, cameOnce } = keyUsers(await readSightings(storage.jwksFetches, now), config.clients, now)
  const about = outlooks(stored, policy, { users, clients: config.clients, now })
  const lines = users.length === 0 ? [NOBODY_FETCHES] : about.flatMap((outlook) => outlookLines(outlook, now))
  if (cameOnce > 0) lines.push(`${cameOnce} more came once and not again, and are not counted.`)
  terminal.stdout.write(`\n${lines.join('\n')}\n`)
  return 0
}

const NOBODY_FETCHES = 'No app has been seen to fetch the keys regularly.'

async function toDeps({ config, storage }: Opened, { terminal, generate }: Surroundings): Promise<KeyRingDeps> {
  const store = storage.signingKeys
  const stored = await store.list()
  if (stored.length === 0) {
    throw new CommandError('There are no signing keys yet. The first start of countersign serve makes them.')
  }
  const sealingKey = await loadSealingKey(config.keys.sealingKey, {
    random: terminal.random,
    hasSealedKeys: hasSealedKeys(stored),
  })
  const { clock, random } = terminal
  const policy = rotationPolicy(config)
  const deps = { store, sealingKey, policy, rsaBits: config.keys.rsaBits, clock, random, log: SILENT }
  return generate ? { ...deps, generate } : deps
}

const ignore = () => {}
/** The command prints what it did; the steps behind it would only repeat it. */
const SILENT: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
