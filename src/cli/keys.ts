/** `countersign keys`: what an operator can see of the signing keys and do to them. */
import type { Log } from '../base/log.ts'
import type { KeyRingDeps } from '../keys/key-ring.ts'
import { rotationPolicy } from '../keys/rotation-policy.ts'
import { hasSealedKeys, loadSealingKey, SealingKeyError } from '../keys/sealing-key.ts'
import { SigningKeyError } from '../keys/signing-key.ts'
import { type Command, CommandError, type Terminal, UsageError } from './command.ts'
import { revoke, revokeAll } from './keys/revoke.ts'
import { parseAlgorithm, rotate } from './keys/rotate.ts'
import { keyTable } from './keys/table.ts'
import { type Open, type Opened, openAt, splitConfigOption } from './open.ts'

const USAGE = `countersign keys list [--config FILE]
countersign keys rotate [ALGORITHM] [--now] [--config FILE]
countersign keys revoke KID [--config FILE]
countersign keys revoke --all [--config FILE]

list    Shows every key: its state, since when it is published and signs, when it goes.
rotate  Lets the next key sign now, before its time; the next key of every algorithm when none is
        named. It must have been published long enough for every app to know it; otherwise this says
        from when on it may, and --now does it all the same.
revoke  Takes a key out at once, because its private half may be in other hands. Every token that
        it signed is refused from then on. When it is the current one, the next one takes its place.
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
  readonly force: boolean
  readonly all: boolean
}

/** Before anything is opened, so that wrong usage is told as such on any machine. */
function parseWords(rest: readonly string[]): Words {
  const [verb, ...names] = rest.filter((word) => word !== '--now' && word !== '--all')
  const force = rest.includes('--now')
  const all = rest.includes('--all')
  if (verb !== 'list' && verb !== 'rotate' && verb !== 'revoke') throw new UsageError('keys list, rotate or revoke?')
  // A kid may begin with a hyphen, so only what looks like a word of ours is called unknown.
  const unknown = names.find((word) => /^--?[a-z]+$/.test(word))
  if (unknown !== undefined) throw new UsageError(`keys ${verb} does not know ${unknown}.`)
  if (force && verb !== 'rotate') throw new UsageError('--now goes with keys rotate only.')
  if (all && verb !== 'revoke') throw new UsageError('--all goes with keys revoke only.')
  if (verb === 'list' && names.length > 0) throw new UsageError('keys list takes no words.')
  if (verb === 'revoke' && names.length !== (all ? 0 : 1)) throw new UsageError('keys revoke takes one kid, or --all.')
  if (verb === 'rotate') parseAlgorithm(names)
  return { verb, names, force, all }
}

async function runWith(
  { verb, names, force, all }: Words,
  opened: Opened,
  surroundings: Surroundings,
): Promise<number> {
  const { terminal } = surroundings
  switch (verb) {
    case 'list':
      return list(opened, terminal)
    case 'rotate':
      return rotate(parseAlgorithm(names), { deps: await toDeps(opened, surroundings), force, terminal })
    case 'revoke': {
      if (all) return revokeAll({ store: opened.storage.signingKeys, terminal })
      const deps = await toDeps(opened, surroundings)
      return revoke(names[0] ?? '', { deps, jwksMaxAge: opened.config.keys.jwksMaxAge, terminal })
    }
  }
}

async function list({ config, storage }: Opened, terminal: Terminal): Promise<number> {
  const stored = await storage.signingKeys.list()
  terminal.stdout.write(
    stored.length === 0
      ? 'There are no signing keys yet. The first start of countersign serve makes them.\n'
      : keyTable(stored, rotationPolicy(config), terminal.clock.now()),
  )
  return 0
}

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
