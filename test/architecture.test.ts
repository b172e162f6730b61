/** The dependency rule of docs/architecture.md: who may import whom, what may be named where. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, test } from 'node:test'

const ROOT = join(import.meta.dirname, '..')
const SRC = join(ROOT, 'src')

interface SourceFile {
  /** Relative to src/, with forward slashes. */
  readonly path: string
  /** Without comments, so that a word in prose is no use of the thing. */
  readonly code: string
  /** The same without texts. */
  readonly bare: string
  /** The texts alone. */
  readonly texts: string
  readonly imports: readonly Import[]
}

interface Import {
  /** As written. */
  readonly from: string
  /** Relative to src/; undefined for a package. */
  readonly path: string | undefined
  /** Erased when it runs. */
  readonly isType: boolean
}

/** Comments, or a text: whichever begins first wins, so `'https://…'` is no comment. */
const COMMENT_OR_TEXT = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g

const withoutComments = (text: string): string =>
  text.replace(COMMENT_OR_TEXT, (found) => (found.startsWith('/') ? ' ' : found))
const withoutTexts = (code: string): string =>
  code.replace(COMMENT_OR_TEXT, (found) => (found.startsWith('`') ? interpolated(found) : "''"))
const textsOf = (code: string): string => (code.match(COMMENT_OR_TEXT) ?? []).join('\n')
/** What a template puts in is code. */
const interpolated = (template: string): string => `'' ${(template.match(/\$\{[^}]*\}/g) ?? []).join(' ')}`

const IMPORT = /\b(import|export)\s+(type\s)?[^'"();]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g

function importsOf(path: string, code: string): readonly Import[] {
  return [...code.matchAll(IMPORT)].map(([, , type, from, bare]) => {
    const name = from ?? bare ?? ''
    const target = name.startsWith('.') ? relative(SRC, join(SRC, dirname(path), name)) : undefined
    return { from: name, path: target, isType: type !== undefined }
  })
}

export function sourceFile(path: string, text: string): SourceFile {
  const code = withoutComments(text)
  return { path, code, bare: withoutTexts(code), texts: textsOf(code), imports: importsOf(path, code) }
}

const files: readonly SourceFile[] = globSync('**/*.ts', { cwd: SRC })
  .filter((path) => !path.includes('generated/'))
  .toSorted()
  .map((path) => sourceFile(path, readFileSync(join(SRC, path), 'utf8')))

/** `accounts/authenticators/password.ts` → `accounts`; a file of src/ itself is `main.ts`, `app.ts`, … */
const folderOf = (path: string): string => path.split('/')[0] ?? path

const list = (violations: readonly string[]): string => violations.map((violation) => `\n  ${violation}`).join('')

function assertNone(violations: readonly string[], reason: string): void {
  assert.equal(violations.length, 0, `${reason}${list(violations)}`)
}

// ---- who may import whom -------------------------------------------------------------------------------------------

interface Layer {
  readonly mayImport: readonly string[]
  readonly because: string
}

const PURE = ['base', 'look', 'protocol']
const CONTRACTS = [...PURE, 'words', 'storage', 'config']
/** What stands on the contracts and knows no noun. */
const SERVICES = ['audit', 'egress', 'refusals', 'throttling']
const DOMAINS = ['clients', 'accounts', 'sessions', 'keys', 'deliveries', 'upstream']

/** Arrows point down. A folder may always import itself. */
const LAYERS: Readonly<Record<string, Layer>> = {
  base: { mayImport: [], because: 'base/ knows nothing of OAuth, so that everything may stand on it' },
  look: { mayImport: [], because: 'look/ knows colours, not what is of that colour' },
  protocol: {
    mayImport: ['base', 'look'],
    because: 'the rules of the standards are pure functions: facts in, decision out',
  },
  words: { mayImport: PURE, because: 'words/ knows how a text reads, not when it is said' },
  storage: {
    mayImport: [...PURE, 'config'],
    because: 'storage answers questions about records; of the configuration it knows where the database is',
  },
  config: { mayImport: [...PURE, 'words'], because: 'the configuration is read before anything else is there' },
  audit: { mayImport: CONTRACTS, because: 'everybody may write audit events, so it may need nobody' },
  egress: {
    mayImport: [...PURE, 'config'],
    because: 'egress/ fetches what it is told to and keeps nothing: what it means is for those above',
  },
  throttling: {
    mayImport: CONTRACTS,
    because: 'throttling/ counts tries, whatever they are tries of',
  },
  refusals: {
    mayImport: CONTRACTS,
    because: 'whatever refuses tells it here, so it may need nobody',
  },
  ...Object.fromEntries(
    DOMAINS.map((domain) => [
      domain,
      {
        mayImport: [...CONTRACTS, ...SERVICES],
        because: 'clients, accounts, sessions, keys, deliveries and upstream do not know each other',
      },
    ]),
  ),
  mail: {
    mayImport: [...CONTRACTS, ...SERVICES, 'deliveries'],
    because: 'mail/ is one kind of delivery: whose mail it is and what it is for is known above',
  },
  telemetry: {
    mayImport: [...CONTRACTS, ...SERVICES, ...DOMAINS],
    because: 'telemetry/ looks on at what is below it; whoever puts things together hands it over',
  },
  live: {
    mayImport: [
      ...CONTRACTS,
      ...SERVICES,
      ...DOMAINS,
      'mail',
      'telemetry',
      'http',
      'authorization',
      'deps.ts',
      'app.ts',
    ],
    because: 'live/ makes an application from a configuration; who asks for that is above it',
  },
  http: {
    mayImport: [...CONTRACTS, ...SERVICES, ...DOMAINS, 'deps.ts'],
    because: 'http/ is the plumbing below every endpoint and page',
  },
  authorization: {
    mayImport: [...CONTRACTS, ...SERVICES, ...DOMAINS, 'mail', 'http', 'deps.ts'],
    because: 'authorization/ is shared by endpoints and pages, so it may need neither',
  },
  endpoints: {
    mayImport: [...CONTRACTS, ...SERVICES, ...DOMAINS, 'mail', 'http', 'authorization', 'deps.ts'],
    because: 'endpoints serve machines, pages serve people: neither needs the other, nor jobs or cli',
  },
  pages: {
    mayImport: [...CONTRACTS, ...SERVICES, ...DOMAINS, 'mail', 'http', 'authorization', 'deps.ts'],
    because: 'endpoints serve machines, pages serve people: neither needs the other, nor jobs or cli',
  },
  plan: {
    mayImport: CONTRACTS,
    because: 'what a change does follows from two configurations and what is stored: pure, like the rules of protocol/',
  },
  jobs: {
    mayImport: [...CONTRACTS, ...SERVICES, ...DOMAINS, 'deps.ts'],
    because: 'jobs run without a request, so they need no HTTP',
  },
  cli: {
    mayImport: [
      ...CONTRACTS,
      ...SERVICES,
      ...DOMAINS,
      'mail',
      'plan',
      'authorization',
      'telemetry',
      'deps.ts',
      'main.ts',
    ],
    because: 'a command runs without a request, so it needs no HTTP; `serve` is main.ts, `claims` makes tokens',
  },
  'deps.ts': {
    mayImport: [...CONTRACTS, ...SERVICES, ...DOMAINS, 'mail', 'telemetry', 'http'],
    because: 'deps.ts lists what an endpoint may reach, as types',
  },
  'app.ts': {
    mayImport: [
      ...CONTRACTS,
      ...SERVICES,
      ...DOMAINS,
      'mail',
      'http',
      'authorization',
      'endpoints',
      'pages',
      'deps.ts',
    ],
    because: 'app.ts lists endpoints and pages; what it needs is handed to it',
  },
}

/** They put the program together, so they may import anything. */
const ROOTS = ['main.ts', 'cli.ts']

describe('the dependency rule', () => {
  for (const [folder, { mayImport, because }] of Object.entries(LAYERS)) {
    test(`${folder} imports only ${mayImport.join(', ') || 'itself'}`, () => {
      const allowed = new Set([folder, ...mayImport])
      const violations = files
        .filter(({ path }) => folderOf(path) === folder)
        .flatMap(({ path, imports }) =>
          imports
            .filter((found) => found.path !== undefined && !allowed.has(folderOf(found.path)))
            .map(({ from }) => `src/${path} imports ${from}`),
        )
      assertNone(violations, because)
    })
  }

  test('every file of src/ belongs to a layer', () => {
    const known = new Set([...Object.keys(LAYERS), ...ROOTS])
    assertNone(
      files.map(({ path }) => path).filter((path) => !known.has(folderOf(path))),
      'a folder without a place in the order could import anything: give it one in test/architecture.test.ts',
    )
  })

  test('nothing in src/ imports what lies outside src/', () => {
    assertNone(
      files.flatMap(({ path, imports }) =>
        imports.filter((found) => found.path?.startsWith('..')).map(({ from }) => `src/${path} imports ${from}`),
      ),
      'tests, tools and the demo need the program, never the other way round',
    )
  })

  test('only main.ts and the command line choose a storage: nobody else names storage/prisma/', () => {
    const mayName = (path: string): boolean =>
      ROOTS.includes(path) || /^cli\/(open|serve)\.ts$/.test(path) || path.startsWith('storage/prisma/')
    assertNone(
      files
        .filter(({ path }) => !mayName(path))
        .flatMap(({ path, imports }) =>
          imports
            .filter((found) => found.path?.startsWith('storage/prisma'))
            .map(({ from }) => `src/${path} imports ${from}`),
        ),
      'everybody else asks the interfaces of storage/storage.ts, so that tests can answer',
    )
  })

  test('no file imports itself, by however many steps', () => {
    assertNone(importCycles(files), 'files in a cycle can only be understood all at once')
  })
})

/** Type imports are gone at run time, and cannot be in anyone's way. */
function importCycles(sources: readonly SourceFile[]): readonly string[] {
  const importsByPath = new Map(
    sources.map(({ path, imports }) => [path, imports.flatMap((found) => (found.isType ? [] : (found.path ?? [])))]),
  )
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    else if (!done.has(path)) {
      for (const next of importsByPath.get(path) ?? []) visit(next, [...trail, path])
      done.add(path)
    }
  }
  for (const path of importsByPath.keys()) visit(path, [])
  return cycles
}

// ---- what may be named where ---------------------------------------------------------------------------------------

interface Reserved {
  readonly name: string
  readonly because: string
  isUsedIn(file: SourceFile): boolean
  mayUse(path: string): boolean
}

const importsPackage = (...names: readonly string[]) => {
  const isOneOf = (from: string): boolean => names.some((name) => from === name || from.startsWith(`${name}/`))
  return ({ imports }: SourceFile): boolean => imports.some(({ from }) => isOneOf(from))
}
const inFolders =
  (...folders: readonly string[]) =>
  (path: string): boolean =>
    folders.some((folder) => path === folder || path.startsWith(`${folder}/`))

const RESERVED: readonly Reserved[] = [
  {
    name: 'Prisma and database drivers',
    because: 'storage/prisma/ is the one place that knows a database',
    isUsedIn: (file) =>
      importsPackage('@prisma', 'better-sqlite3', 'pg', 'node:sqlite')(file) || /generated\//.test(importTexts(file)),
    mayUse: inFolders('storage/prisma'),
  },
  {
    name: 'SQL',
    because: 'storage/prisma/ is the one place that knows SQL',
    isUsedIn: ({ code }) =>
      /['"`]\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+["\w]+\s+SET\s|DELETE\s+FROM\s|CREATE\s+TABLE|PRAGMA\s)|\$(query|execute)Raw/.test(
        code,
      ),
    mayUse: inFolders('storage/prisma'),
  },
  {
    name: 'Fastify',
    because: 'the rules must be testable without a server',
    isUsedIn: importsPackage('fastify', '@fastify'),
    mayUse: inFolders('http', 'authorization', 'endpoints', 'pages', 'live', 'telemetry', 'app.ts', 'main.ts'),
  },
  {
    name: 'prom-client and OpenTelemetry',
    because: 'they are loaded only when they are switched on, and what is looked at knows nothing of them',
    isUsedIn: importsPackage('prom-client', '@opentelemetry'),
    mayUse: inFolders('telemetry'),
  },
  {
    name: 'Handlebars',
    because: 'http/views.ts renders pages and mail/html.ts mails, everybody else hands them a model',
    isUsedIn: importsPackage('handlebars', '@fastify/view'),
    mayUse: inFolders('http/views.ts', 'mail/html.ts'),
  },
  {
    name: 'nodemailer',
    because: 'it is loaded with the first mail, and who causes one knows nothing of it',
    isUsedIn: importsPackage('nodemailer'),
    mayUse: inFolders('mail/message.ts', 'mail/smtp.ts'),
  },
  {
    name: 'nodemailer at once',
    because: 'it costs memory that whoever sends no mails does not pay: import(…), or types',
    isUsedIn: ({ code }) => /^(import|export)\s(?!type\b)[^('"]*['"]nodemailer/m.test(code),
    mayUse: () => false,
  },
  {
    name: 'the WebAuthn library',
    because: 'one place verifies what passkeys answer, and loads what it needs for that with the first answer',
    isUsedIn: importsPackage('@simplewebauthn'),
    mayUse: inFolders('accounts/authenticators/passkey.ts'),
  },
  {
    name: 'the WebAuthn library at once',
    because: 'it takes 25 MiB that whoever has no passkeys does not pay: import(…), or types',
    isUsedIn: ({ code }) => /^(import|export)\s(?!type\b)[^('"]*['"]@simplewebauthn/m.test(code),
    mayUse: () => false,
  },
  {
    name: 'openid-client',
    because: 'one file speaks with upstream providers, and loads it with the first of them',
    isUsedIn: importsPackage('openid-client', 'oauth4webapi'),
    mayUse: inFolders('upstream/openid.ts'),
  },
  {
    name: 'openid-client at once',
    because: 'it costs memory that whoever has no provider does not pay: import(…), or types',
    isUsedIn: ({ code }) => /^(import|export)\s(?!type\b)[^('"]*['"]openid-client/m.test(code),
    mayUse: () => false,
  },
  {
    name: 'HTML',
    because: 'markup outside views/ escapes the escaping',
    isUsedIn: ({ texts }) =>
      /<!doctype|<\/?(html|head|body|form|input|div|span|p|a|script|style|meta)[\s>]/i.test(texts),
    mayUse: () => false,
  },
  {
    name: 'argon2',
    because: 'one place hashes passwords, behind one queue',
    isUsedIn: importsPackage('argon2'),
    mayUse: inFolders('accounts/authenticators/password.ts'),
  },
  {
    name: 'bcrypt',
    because: 'only accounts that came from elsewhere need it: loaded with the first of them, behind the same queue',
    isUsedIn: importsPackage('bcrypt'),
    mayUse: inFolders('accounts/authenticators/compute-hash.ts'),
  },
  {
    name: 'jose',
    because: 'keys/ signs and verifies; protocol/ may take tokens apart',
    isUsedIn: importsPackage('jose'),
    mayUse: inFolders('keys', 'protocol'),
  },
  {
    name: 'createRemoteJWKSet',
    because: 'protocol/ and keys/ fetch nothing',
    isUsedIn: ({ bare }) => /\bcreateRemoteJWKSet\b/.test(bare),
    mayUse: () => false,
  },
  {
    name: 'process.env',
    because: 'settings come from the configuration, which is checked; an environment variable read elsewhere is not',
    isUsedIn: ({ bare }) => /\bprocess\s*\.\s*env\b/.test(bare) || /\benv\b[^=]*=\s*process\b/.test(bare),
    mayUse: inFolders('config', 'keys', 'main.ts', 'cli.ts', 'cli'),
  },
  {
    name: 'the file system',
    because:
      'what a request does never depends on a file; configuration, keys, views, words, migrations and commands read them',
    isUsedIn: importsPackage('node:fs', 'fs'),
    mayUse: inFolders(
      ...[
        'config',
        'clients',
        'keys',
        'main.ts',
        'cli.ts',
        'cli',
        'http/views.ts',
        'http/styles.ts',
        'words/texts.ts',
        'storage/prisma',
      ],
      ...['mail/html.ts', 'mail/folder.ts'],
    ),
  },
  {
    name: 'the time',
    because: 'time comes in as a parameter, so that a test can set it',
    isUsedIn: ({ bare }) => /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(\(\s*\)|(?!\s*\())|\bDate\s*\(\s*\)/.test(bare),
    mayUse: inFolders('base/clock.ts'),
  },
  {
    name: 'randomness',
    because: 'randomness comes in as a parameter, so that a test can repeat it, and one place answers for its quality',
    isUsedIn: ({ bare }) =>
      /\bMath\s*\.\s*random\b|\brandom(Bytes|Int|UUID|Fill|FillSync)\b|\bgetRandomValues\b/.test(bare),
    mayUse: inFolders('base/random.ts'),
  },
  {
    name: 'the session cookie, written',
    because: 'it may hold several accounts: who writes it alone signs the others out',
    isUsedIn: ({ bare }) => /\bcookies\s*\.\s*session\s*\.\s*(write|clear)\b/.test(bare),
    mayUse: inFolders('authorization/browser-sessions.ts'),
  },
  {
    name: 'outgoing requests',
    because:
      'one place asks the URLs that others gave us, and judges them first (SSRF); `countersign health` and `doctor` ask ourselves',
    isUsedIn: ({ bare, code }) =>
      /(?<![.\w])fetch\s*\(|\bglobalThis\s*\.\s*fetch\b|\bhttps?\s*\.\s*(get|request)\s*\(/.test(bare) ||
      /\b(request|get|connect|createConnection)\b[^'"{}]*\}\s*from\s*['"](node:)?(https?|http2|net|tls)['"]/.test(code),
    mayUse: inFolders('cli/health.ts', 'cli/doctor/ask.ts', 'egress'),
  },
]

const importTexts = ({ imports }: SourceFile): string => imports.map(({ from }) => from).join('\n')

describe('what may be named where', () => {
  for (const { name, because, isUsedIn, mayUse } of RESERVED) {
    test(`${name}: in its own place only`, () => {
      assertNone(
        files.filter((file) => !mayUse(file.path) && isUsedIn(file)).map(({ path }) => `src/${path}`),
        because,
      )
    })
  }
})

test('every folder of src/ says in a README.md what it is for', () => {
  const folders = new Set(files.map(({ path }) => folderOf(path)).filter((folder) => !folder.endsWith('.ts')))
  const withReadme = new Set(globSync('*/README.md', { cwd: SRC }).map((path) => folderOf(path)))
  assertNone(
    [...folders].filter((folder) => !withReadme.has(folder)).map((folder) => `src/${folder}/README.md is missing`),
    'a newcomer who opens a folder finds out what belongs there',
  )
})

test('files stay small: at most 300 lines', () => {
  assertNone(
    files
      // Generated: a line for each text.
      .filter(({ path }) => path !== 'words/keys.ts')
      .map(({ path }) => ({ path, lines: readFileSync(join(SRC, path), 'utf8').trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > 300)
      .map(({ path, lines }) => `src/${path} has ${lines} lines`),
    'one concept to a file',
  )
})

// ---- the scanner itself --------------------------------------------------------------------------------------------

describe('the scanner', () => {
  const uses = (name: string, text: string): boolean | undefined =>
    RESERVED.find((reserved) => reserved.name === name)?.isUsedIn(sourceFile('protocol/x.ts', text))

  test('finds imports however they are written', () => {
    const text = `import a from './a.ts'\nimport type { B } from '../base/b.ts'\nexport * from './c.ts'\nimport './d.ts'
      import {\n  e,\n  f,\n} from './e.ts'\nconst g = await import('./g.ts')\n// import h from './h.ts'\nimport { type I } from 'i'`
    assert.deepEqual(
      sourceFile('protocol/x.ts', text).imports.map(({ path, from, isType }) => [path ?? from, isType]),
      [
        ['protocol/a.ts', false],
        ['base/b.ts', true],
        ['protocol/c.ts', false],
        ['protocol/d.ts', false],
        ['protocol/e.ts', false],
        ['protocol/g.ts', false],
        ['i', false],
      ],
    )
  })

  test('finds a cycle, and calls no two imports of one file a cycle', () => {
    const diamond = [
      sourceFile('a.ts', `import './b.ts'\nimport './c.ts'`),
      sourceFile('b.ts', `import './d.ts'`),
      sourceFile('c.ts', `import './d.ts'`),
      sourceFile('d.ts', `import type { A } from './a.ts'`),
    ]
    assert.deepEqual(importCycles(diamond), [])
    const cycle = [...diamond.slice(0, 3), sourceFile('d.ts', `import './a.ts'`)]
    assert.deepEqual(importCycles(cycle), ['a.ts → b.ts → d.ts → a.ts'])
  })

  for (const [name, text] of [
    ['the time', 'const now = Date.now()'],
    ['the time', 'const now = new Date()'],
    ['the time', `const text = \`at \${Date.now()}\``],
    ['randomness', `import { randomBytes } from 'node:crypto'`],
    ['randomness', 'Math.random()'],
    ['process.env', `process.env['HOME']`],
    ['process.env', 'const { env } = process'],
    ['outgoing requests', 'await fetch(url)'],
    ['outgoing requests', "import { request as ask } from 'node:https'"],
    ['outgoing requests', "import { connect } from 'node:tls'"],
    ['SQL', 'await client.$queryRaw`SELECT 1`'],
    ['SQL', "run('DELETE FROM accounts')"],
    ['HTML', "reply.send('<p>no</p>')"],
    ['jose', "import { SignJWT } from 'jose'"],
    ['Prisma and database drivers', "import { PrismaClient } from './generated/client.ts'"],
    ['the file system', "import { readFile } from 'node:fs/promises'"],
    ['nodemailer at once', "import MailComposer from 'nodemailer/lib/mail-composer'"],
  ] as const) {
    test(`sees ${name} in: ${text}`, () => assert.equal(uses(name, text), true))
  }

  for (const [name, text] of [
    ['the time', 'const at = new Date(now).toISOString() // Date.now() would be wrong'],
    ['the time', "const message = 'never call Date.now() here'"],
    ['randomness', 'random.bytes(32)'],
    ['nodemailer at once', "import type C from 'nodemailer/lib/x'\nconst c = await import('nodemailer/lib/x')"],
    ['outgoing requests', 'this.fetch(url); prefetch(1)'],
    ['SQL', "const help = 'Select a client'"],
    ['HTML', "const help = 'countersign account add <username>'"],
    ['HTML', 'const list = <P extends T>(a: P) => a'],
  ] as const) {
    test(`does not see ${name} in: ${text}`, () => assert.equal(uses(name, text), false))
  }
})
