/** Every command of the command line, as an operator uses it, with all that it prints. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import { CommandError, UsageError } from '../../src/cli/command.ts'
import { explainCommand } from '../../src/cli/explain.ts'
import { commands } from '../../src/cli/index.ts'
import { openAt } from '../../src/cli/open.ts'
import { DatabaseUnavailable } from '../../src/storage/storage.ts'
import { runCommand } from '../fixtures/countersign.ts'
import { fakeTerminal } from '../fixtures/terminal.ts'
import { rememberSigningKeys, type World } from './world.ts'

export interface Printed {
  readonly status: number
  readonly out: string
  readonly err: string
}

/** Runs it in this process, as src/cli.ts does. */
export async function countersign(world: World, words: readonly string[], input = ''): Promise<Printed> {
  const { canaries, places, environment } = world
  const [name = '', ...args] = words
  // One knows of no file, and some are asked about another one.
  const file = name === 'secret' || args.includes('--config') ? [] : ['--config', world.configPath]
  const terminal = {
    ...fakeTerminal({ piped: input }),
    ...{ env: environment, clock: systemClock, random: systemRandom },
  }
  canaries.used(`${words.join(' ')}\n${input}`)
  const command = await commands[name]?.()
  assert.ok(command, name)
  const status = await command.run([...args, ...file], terminal).catch((error: unknown) => {
    if (!(error instanceof CommandError || error instanceof UsageError || error instanceof DatabaseUnavailable))
      throw error
    terminal.stderr.write(`countersign ${name}: ${error.message}\n`)
    return error instanceof UsageError ? 2 : 1
  })
  const printed = { status, out: terminal.out(), err: terminal.err() }
  const verbs = words.slice(0, 2).filter((word) => !word.startsWith('-') && !/[/\d]/.test(word))
  places.add(`output of ${verbs.join(' ')}`, printed.out)
  places.add(`errors of ${verbs.join(' ')}`, printed.err)
  return printed
}

/** Asserts that it was done. */
async function done(world: World, words: readonly string[], input?: string): Promise<string> {
  const { status, out, err } = await countersign(world, words, input)
  assert.equal(status, 0, `${words.join(' ')}: ${out}${err}`)
  return out
}

/** Before anybody signs in. */
export async function makeAccounts(world: World): Promise<void> {
  const { canaries, secrets } = world
  await done(world, ['account', 'add', 'alice', '--email', 'alice@example.org', '--name', 'Alice'], secrets.password)
  await done(world, ['account', 'add', 'ada', '--group', 'admins'], secrets.admin)
  await done(world, ['account', 'add', 'wary'], secrets.wary)
  const first = canaries.add('password that is changed', 'canary before it is changed 5d')
  const next = canaries.add('new password', 'canary after it was changed 6e')
  const line = { username: 'bob', password: first, email: 'bob@example.org' }
  await done(world, ['account', 'import', '-'], `${JSON.stringify(line)}\n`)
  await done(world, ['account', 'set-password', 'bob'], next)
  // What goes wrong: too short a password, two lines, a file that is no JSON, and a line with a fault.
  const refused = canaries.add('password that is refused', 'canary-carl-carl-5577')
  await countersign(world, ['account', 'add', 'canary-carl-carl-5577'.slice(7)], refused)
  await countersign(world, ['account', 'add', 'carl'], `${refused}\n${refused}`)
  await countersign(world, ['account', 'import', '-'], `{"username": "carl", "password": "${refused}" oops\n`)
  await countersign(
    world,
    ['account', 'import', '-'],
    `${JSON.stringify({ ...line, password: refused, pasword: refused, password_hash: refused })}\n`,
  )
}

/** These make a secret and show it, this once: nobody else has it to give to the app. */
const FRESH = [
  ['secret'],
  ['client', 'add', 'wiki', '--redirect-uri', 'https://wiki.example/cb', '--file'],
  ['client', 'secret', 'robot'],
]

/** What an operator looks at, and changes, when the people have come and gone. */
export async function lookAndChange(world: World): Promise<void> {
  const { places } = world
  for (const words of [
    ...[['check'], ['plan'], ['plan', '--json'], ['health'], ['doctor', '--json'], ['deliveries', '--json']],
    ...[
      ['account', 'list', '--json'],
      ['account', 'show', 'alice', '--json'],
      ['account', 'show', 'wary', '--json'],
      ['account', 'hashes'],
      ['keys', 'list'],
    ],
    ...[
      ['client', 'list', '--json'],
      ['client', 'show', 'app', '--json'],
      ['client', 'show', 'app', '--for', 'express'],
    ],
    ...[
      ['claims', 'alice', 'app'],
      ['claims', 'alice', 'hs', '--json'],
      ['audit', 'list', '--limit', '1000'],
    ],
    ...[['audit', 'export'], ['audit', 'export', '--format', 'csv'], ['audit', 'verify'], ['deliveries']],
    ...[['export', '-']],
    ...[
      ['export', '-', '--with-secrets'],
      ['reload', '--json'],
    ],
  ]) {
    const { out, err, status } = await countersign(world, words)
    assert.ok(status < 2 && out.length + err.length > 0, `${words.join(' ')}: ${status} ${err}`)
  }
  const folder = await mkdtemp(join(tmpdir(), 'countersign-secrets-'))
  try {
    for (const [words, name] of [
      [['account', 'export'], 'accounts'],
      [['backup'], 'backup'],
    ] as const) {
      await done(world, [...words, join(folder, name)])
      const bytes = await readFile(join(folder, name))
      places.add(`file of ${words.join(' ')}`, name === 'backup' ? gunzipSync(bytes) : bytes)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  for (const words of FRESH) {
    const out = await done(world, words)
    const secret = /client secret: +([\w-]{43})\b/.exec(out)?.[1]
    assert.ok(secret, out)
    world.canaries.used(world.canaries.add(`fresh secret of ${words.join(' ')}`, secret, out))
  }
  const [, kid = ''] = /^(\S{20,})/m.exec(await done(world, ['keys', 'list'])) ?? []
  await done(world, ['keys', 'rotate', '--now'])
  assert.notEqual(kid, '')
  await done(world, ['keys', 'revoke', kid, '--yes'])
  await done(world, ['account', 'sign-out', 'bob'])
}

/** The story of every refusal that was kept, for people and for machines. Gives how many there are. */
export async function explainAll(world: World): Promise<number> {
  const { environment, configPath, places } = world
  const terminal = { ...fakeTerminal(), env: environment, clock: systemClock, random: systemRandom }
  const opened = await openAt(configPath, terminal)
  try {
    const command = explainCommand(async () => ({ ...opened, close: async () => {} }))
    const kept = await opened.storage.refusals.list({ clientId: undefined, limit: 1000 })
    await rememberSigningKeys(world, await opened.storage.signingKeys.list())
    places.add('refusals as they are kept', JSON.stringify(kept))
    for (const { errorId } of kept) {
      assert.equal(await command.run([errorId], terminal), 0)
      assert.equal(await command.run([errorId, '--json'], terminal), 0)
    }
    places.add('output of explain', terminal.out())
    return kept.length
  } finally {
    await opened.close()
  }
}

/** Files that are faulty just where a secret is, or as a secret that stands in the wrong place makes them. */
export function faultyFiles({
  canaries,
  secrets,
  config,
  installation,
}: World): readonly (readonly [string, string])[] {
  const secret = canaries.make('secret in a faulty file')
  const good = { issuer: installation.issuer, ...config }
  const app = config['clients'] as readonly Record<string, unknown>[]
  const withClient = (more: object) => JSON.stringify({ ...good, clients: [{ ...app[0], ...more }] }, undefined, 2)
  return [
    ['a secret too short', withClient({ client_secret: secret.slice(0, 25) })],
    ['a key that is misspelt', withClient({ client_secrte: secret })],
    ['a secret for a hash', withClient({ client_secret_hash: secret })],
    ['a secret as a list', withClient({ client_secret: [secret] })],
    ['a secret as a method', withClient({ token_endpoint_auth_method: secret })],
    ['a secret as a name of a file', withClient({ client_secret: undefined, client_secret_file: secret })],
    ['a secret as a key', withClient({ [secret]: 'x' })],
    ['no space', `issuer: ${installation.issuer}\nclients:\n  - client_id: app\n    client_secret:${secret}\n`],
    ['a quote that does not end', `issuer: ${installation.issuer}\nclients:\n  - client_secret: "${secret}\n`],
    ['a tab', `issuer: x\nclients:\n\t- client_secret: ${secret}\n`],
    ['a tag', `issuer: x\nkeys:\n  sealing_key: !${secret} x\n`],
    ['an alias', `issuer: x\nkeys:\n  sealing_key: *${secret}\n`],
    ['twice', `issuer: x\nkeys:\n  sealing_key: ${secret}\n  sealing_key: ${secret}\n`],
    ['no map', `${secret}\n`],
    ['a list', `- ${secret}\n`],
    ['of another database', `issuer: ${installation.issuer}\ndatabase:\n  url: mysql://a:${secret}@db.example/x\n`],
    [
      'a database nowhere',
      `issuer: ${installation.issuer}\ndatabase:\n  url: postgresql://a:${secret}@127.0.0.1:1/x\n`,
    ],
    [
      'a password that is not encoded',
      `issuer: ${installation.issuer}\ndatabase:\n  url: postgresql://a:${secret}#/@:x@h/x\n`,
    ],
    ['a variable', `issuer: ${installation.issuer}\nname: \${${secret.replace(/\W/g, '_')}\n`],
    ['a sealing key too long', `issuer: ${installation.issuer}\nkeys:\n  sealing_key: ${secret}${secret}\n`],
    ['headers', `issuer: ${installation.issuer}\ntracing:\n  otlp_endpoint: http://x/\n  headers: ${secret}\n`],
    ['a webhook', `issuer: ${installation.issuer}\nnotifications:\n  webhook_url: ftp://h/${secret}\n`],
    [
      'a webhook with a user',
      `issuer: ${installation.issuer}\nnotifications:\n  webhook_url: https://u:${secret}@h/\n`,
    ],
    ['a token', `issuer: ${installation.issuer}\nregistration:\n  initial_access_tokens: [${secret}]\n`],
    ['a redirect', withClient({ redirect_uris: [`https://u:${secret}@app.example/cb`] })],
    ['another issuer', `issuer: https://u:${secrets.basic}@login.example/?token=${secret}\n`],
  ]
}

/** `check`, `plan`, `serve` of each; a few of them in a process of its own. */
export async function tryFaultyFiles(world: World): Promise<void> {
  const { canaries, places, installation, environment } = world
  for (const [index, [name, text]] of faultyFiles(world).entries()) {
    canaries.used(text)
    const path = join(installation.folder, 'faulty.yaml')
    await writeFile(path, text)
    for (const command of index % 5 === 0 ? ['check', 'plan'] : ['check'])
      await countersign(world, [command, '--config', path])
    if (!/nowhere/.test(name) && index !== 0) continue
    const { stdout, stderr, status } = await runCommand(['serve', '--config', path], '', { environment })
    assert.notEqual(status, 0, name)
    places.add('output of a start that fails', stdout)
    places.add('errors of a start that fails', stderr)
  }
  await rm(join(installation.folder, 'faulty.yaml'))
}
