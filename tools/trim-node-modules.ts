/** Takes out of node_modules what is never loaded at run time. For the image's build alone: it deletes without asking. */
import { globSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

const NODE_MODULES = join(process.cwd(), 'node_modules')
const platform = `${process.platform}-${process.arch}`

interface Rule {
  readonly because: string
  readonly remove: readonly string[]
  readonly keep?: RegExp
}

const RULES: readonly Rule[] = [
  {
    because: 'types, source maps and manuals are for people who build',
    remove: ['**/*.map', '**/*.d.ts', '**/*.d.mts', '**/*.d.cts', '**/*.md', '@types', 'undici-types'],
    keep: /licen[cs]e/i,
  },
  {
    because: 'of its query compilers, the generated clients load two: sqlite and postgresql, as ES modules',
    remove: ['@prisma/client/runtime/*'],
    keep: /\/(client\.m?js|query_compiler_small_bg\.(sqlite|postgresql)(\.wasm-base64)?\.mjs)$/,
  },
  {
    because: 'their sources, and their binaries for other machines',
    remove: ['better-sqlite3/{deps,src}', 'better-sqlite3/prebuilds/*', 'argon2/argon2', 'argon2/prebuilds/*'],
    keep: new RegExp(`/prebuilds/${platform}(\\.node)?$`),
  },
  { because: 'a header file for compiling', remove: ['node-addon-api'] },
  {
    because: 'builds for browsers',
    remove: ['handlebars/dist/{amd,*.js}', 'handlebars/{bin,types}', 'source-map/dist'],
  },
]

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

const sizeOf = (paths: readonly string[]): number =>
  paths.reduce((sum, path) => {
    const found = statSync(path)
    return (
      sum +
      (found.isDirectory() ? sizeOf(globSync(`${path}/**`).filter((inner) => statSync(inner).isFile())) : found.size)
    )
  }, 0)

for (const { because, remove, keep } of RULES) {
  const paths = globSync(remove, { cwd: NODE_MODULES })
    .map((path) => join(NODE_MODULES, path))
    .filter((path) => !keep?.test(path))
  const size = sizeOf(paths)
  for (const path of paths) rmSync(path, { recursive: true, force: true })
  console.log(`${megabytes(size).padStart(8)}  ${because}`)
}
